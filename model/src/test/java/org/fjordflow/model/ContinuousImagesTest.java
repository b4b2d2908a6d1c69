package org.fjordflow.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.cnf.ContinuousConfig.Images;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Continuous flows of images as models like any other. */
final class ContinuousImagesTest {

  private static final ImageShape SHAPE = new ImageShape(4, 4, 1);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void savedAndLoadedTheyScoreToTheSameBits(boolean scales, @TempDir Path folder) {
    Images images = scales ? Images.ffjord(SHAPE, 4) : Images.unet(SHAPE, 4, 4);
    FlowSpec spec =
        FlowSpec.of(images.withContext(2))
            .withSolve(
                solve ->
                    solve.withSolver(SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 2)));
    double[][] rows = new double[3][];
    SplittableRandom random = new SplittableRandom(1);
    Arrays.setAll(rows, i -> random.doubles(SHAPE.size(), -1, 1).toArray());
    Context context = Context.of(new double[][] {{1, 0}, {0, 1}, {1, 0}});
    try (FlowModel model = spec.create(new SplittableRandom(2), 2)) {
      assertEquals(List.of(images.blocks()), blocks(model));
      LogDensity scores = model.score(rows, context, 7);
      double[] errors = scores.standardError();
      assertTrue(
          scales == Arrays.stream(errors).allMatch(e -> e > 0), "the U-net begins with zeros");
      model.save(folder);
      try (FlowModel loaded = FlowModel.load(folder)) {
        assertArrayEquals(scores.logProb(), loaded.score(rows, context, 7).logProb());
      }
    }
  }

  private static List<Integer> blocks(FlowModel model) {
    return model.config().continuous().stream().map(part -> part.blocks()).toList();
  }
}
