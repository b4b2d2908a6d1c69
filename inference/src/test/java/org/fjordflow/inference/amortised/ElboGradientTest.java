package org.fjordflow.inference.amortised;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.Objective;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The bound's gradient against differences with common random numbers. */
final class ElboGradientTest {

  private static final double STEP = 1e-5;
  private static final Batch WHOLE =
      new Batch(
          new double[][] {{0, 1, 2, 6}, {3, 3, 1, 0}, {6, 5, 4, 2}},
          new double[][] {{0.3}, {0.3}, {0.3}});
  private static final Batch BITS =
      Batch.of(new double[][] {{0, 1, 1, 0}, {1, 1, 1, 0}, {0, 0, 1, 0}});

  static Stream<Arguments> cases() {
    return Stream.concat(
        VaeCases.posteriors().map(p -> Arguments.of(new Likelihood.Categorical(7, 2), p, WHOLE)),
        Stream.of(
            Arguments.of(new Likelihood.DiscretizedLogistic(7), PosteriorFlow.none(), WHOLE),
            Arguments.of(new Likelihood.Normal(), PosteriorFlow.planar(1), WHOLE),
            Arguments.of(new Likelihood.Bernoulli(), PosteriorFlow.none(), BITS)));
  }

  @Test
  void gradientOfConvolutions() {
    ImageShape shape = new ImageShape(4, 8, 1);
    VaeConfig config =
        new VaeConfig(
            shape.size(),
            2,
            3,
            NetworkConfig.convolutionalEncoder(shape, 2, 3),
            NetworkConfig.convolutionalDecoder(shape, 3, 2),
            new Likelihood.DiscretizedLogistic(7),
            PosteriorFlow.none());
    double[][] rows = new double[2][];
    SplittableRandom random = new SplittableRandom(6);
    Arrays.setAll(rows, i -> random.ints(shape.size(), 0, 7).asDoubleStream().toArray());
    assertGradient(config, Batch.of(rows));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientIsThatOfTheLoss(Likelihood likelihood, PosteriorFlow posterior, Batch batch) {
    assertGradient(VaeCases.config(likelihood, posterior), batch);
  }

  @Test
  void gradientWithNoise() {
    VaeConfig config = VaeCases.config(new Likelihood.Normal(), PosteriorFlow.planar(1));
    assertGradient(config, WHOLE, 0.3);
  }

  private static void assertGradient(VaeConfig config, Batch batch) {
    assertGradient(config, batch, 0);
  }

  private static void assertGradient(VaeConfig config, Batch batch, double noise) {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Parameters parameters = new Parameters(backend);
      Objective loss = Vae.create(config, parameters, new SplittableRandom(1)).negativeElbo(noise);
      VaeCases.shake(parameters, 2);
      Tape tape = Tape.recording(backend);
      parameters.zeroGradient();
      tape.backward(loss.loss(Pass.training(tape, new SplittableRandom(3)), batch));
      double[] gradient = parameters.gradient();
      for (Parameters.Entry entry : parameters.entries()) {
        assertAlong(parameters, entry, gradient, loss, batch);
      }
    }
  }

  /** Along a random direction within each array, so that none is hidden behind a larger one. */
  private static void assertAlong(
      Parameters parameters,
      Parameters.Entry entry,
      double[] gradient,
      Objective loss,
      Batch batch) {
    double[] theta = parameters.get();
    SplittableRandom random = new SplittableRandom(entry.offset());
    double[] direction = new double[theta.length];
    double expected = 0;
    for (int i = 0; i < entry.parameter().value().size(); i++) {
      int at = entry.offset() + i;
      direction[at] = random.nextDouble(-1, 1);
      expected += direction[at] * gradient[at];
    }
    double difference =
        (at(parameters, theta, direction, STEP, loss, batch)
                - at(parameters, theta, direction, -STEP, loss, batch))
            / (2 * STEP);
    parameters.set(theta);
    String name = entry.parameter().name();
    assertEquals(expected, difference, 1e-6 * Math.max(1, Math.abs(expected)), name);
    assertTrue(expected != 0, name + " has a gradient");
  }

  private static double at(
      Parameters parameters,
      double[] theta,
      double[] direction,
      double step,
      Objective loss,
      Batch batch) {
    double[] moved = theta.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += step * direction[i];
    }
    parameters.set(moved);
    Tape tape = Tape.evaluating(parameters.backend());
    return Elements.of(
        parameters.backend(),
        loss.loss(Pass.training(tape, new SplittableRandom(3)), batch).value())[0];
  }
}
