package org.fjordflow.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.TestData;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.images.Images;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every flow of images on real digits, 8 x 8 with classes, in float32. */
class RealImagesTest {

  private static final int TRAINED_ON = 512;
  private static final int MAPPED = 100;
  private static final long STEPS = 30;

  /** A continuous flow returns as closely as it is solved. */
  private static final SolverConfig CLOSE =
      SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-7, 1e-7);

  private static Images digits(String part) {
    return Images.read(
        TestData.file("optdigits/optdigits_" + part + ".csv").toString(),
        Images.Options.standard().withShape(new ImageShape(8, 8, 1)).withLevels(17));
  }

  @ParameterizedTest
  @EnumSource(ImageRecipe.class)
  void imagesComeBackFromTheBase(ImageRecipe recipe) {
    Images train = digits("tra").thinned(TRAINED_ON);
    Images test = digits("tes").thinned(MAPPED);
    for (long steps : new long[] {1, STEPS}) {
      FitOptions options =
          FitOptions.builder(recipe.recipe(train))
              .objective(TrainingObjective.of(recipe.objective()))
              .validation(0)
              .steps(steps)
              .build();
      try (FlowModel model = FlowModel.fit(train, options)) {
        assertRoundTrip(model, test, recipe + " after " + steps + " steps");
      }
    }
  }

  /** What the flow sees returns, and whole numbers do exactly. */
  private static void assertRoundTrip(FlowModel trained, Images test, String which) {
    assertEquals("float32", trained.config().dtype(), which);
    FlowModel model = trained.withSolve(solve -> solve.withEvaluationSolver(CLOSE));
    ImageFlow images = ImageFlow.of(model);
    Images own = test.as(images.spec(), "test");
    Context context = Context.of(Objects.requireNonNull(own.context()));
    Dequantization pixels = images.spec().dequantization();
    RandomStreams streams = new RandomStreams(3);
    double[][] line = pixels.apply(own.rows(), streams.generator(Purpose.DEQUANTIZATION));
    Flow flow = model.flow();
    RandomGenerator random = streams.generator(Purpose.PROBES);
    double[][] again = flow.fromBase(flow.toBase(line, context, random), context, random);
    double largest =
        IntStream.range(0, line.length)
            .mapToDouble(i -> largestDifference(line[i], again[i]))
            .max()
            .orElseThrow();
    assertTrue(largest <= 1e-4, which + ": " + largest);
    double[][] numbers = model.fromBase(images.toBase(own), context);
    assertTrue(Arrays.deepEquals(own.rows(), numbers), which);
  }

  private static double largestDifference(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(j -> Math.abs(a[j] - b[j])).max().orElse(0);
  }
}
