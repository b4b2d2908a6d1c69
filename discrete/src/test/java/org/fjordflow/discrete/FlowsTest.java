package org.fjordflow.discrete;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.discrete.internal.networks.Dropout;
import org.fjordflow.discrete.internal.parts.Columns;
import org.fjordflow.discrete.internal.parts.Coupling;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Flows known by name: they train, score their own samples, and do not depend on threads. */
final class FlowsTest {

  private static final long SEED = GradientCheck.defaultSeed();

  static Stream<FlowConfig> flows() {
    return Stream.of(
        Flows.planar(2, 8),
        Flows.radial(2, 8),
        Flows.sylvester(2, 8, 2),
        Flows.nice(2, 4, 16),
        Flows.realNvp(2, 4, 16),
        Flows.glow(2, 4, 16),
        Flows.nsf(2, 2, 16),
        Flows.maf(2, 3, 16),
        Flows.iaf(2, 2, 16),
        Flows.autoregressiveNsf(2, 2, 16),
        Flows.tarFlow(2, 2, 2, 16));
  }

  private static RandomGenerator random() {
    return new SplittableRandom(SEED);
  }

  private static double train(Flow flow, Parameters parameters, int steps) {
    flow.initialize(ToyDensity.MOONS.sample(500, random()), Context.none(), random());
    TrainerConfig config = TrainerConfig.of(steps, 128, SEED).withOptimizer(Adam.of(0.01));
    return new Trainer(
            config,
            parameters,
            Objectives.negativeLogLikelihood(flow),
            BatchSource.sampled(ToyDensity.MOONS::sample),
            List.of())
        .train()
        .finalLoss();
  }

  @ParameterizedTest
  @MethodSource("flows")
  void theLossFallsAndSamplesComeWithTheirDensity(FlowConfig config) {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Parameters parameters = new Parameters(backend);
      Flow flow = config.create(parameters, random());
      double[][] moons = ToyDensity.MOONS.sample(2000, random());
      double before = -mean(flow.logProb(moons, Context.none(), random()));
      train(flow, parameters, 60);
      double after = -mean(flow.logProb(moons, Context.none(), random()));
      assertTrue(after < before - 0.1, config + ": " + before + " to " + after);
      Sample sample = flow.sampleAndLogProb(300, Context.none(), random());
      double[] scored = flow.logProb(sample.rows(), Context.none(), random());
      assertArrayEquals(scored, sample.logProb(), 1e-7, config.toString());
    }
  }

  private static double mean(double[] values) {
    return Arrays.stream(values).average().orElseThrow();
  }

  @ParameterizedTest
  @MethodSource("flows")
  void threadsChangeNoBit(FlowConfig config) {
    double[] one = trained(config, 1);
    assertArrayEquals(one, trained(config, 2));
    assertArrayEquals(one, trained(config, 5));
  }

  private static double[] trained(FlowConfig config, int threads) {
    try (Backend backend = new CpuBackend(DType.FLOAT32, threads)) {
      Parameters parameters = new Parameters(backend);
      Flow flow = config.create(parameters, random());
      train(flow, parameters, 3);
      double[] scores =
          flow.logProb(ToyDensity.MOONS.sample(4000, random()), Context.none(), random());
      double[] result = Arrays.copyOf(parameters.get(), parameters.size() + scores.length);
      System.arraycopy(scores, 0, result, parameters.size(), scores.length);
      return result;
    }
  }

  @Test
  void sizesAreChecked() {
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.planar(0, 1).dim());
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.radial(2, 0).dim());
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.sylvester(2, 1, 3).dim(), "1 to 2");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.maf(2, 2, 0).dim());
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.tarFlow(4, 3, 1, 4).dim(), "3 tokens");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.tarFlow(4, 0, 1, 4).dim());
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.tarFlow(4, 2, 0, 4).dim());
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.tarFlow(4, 2, 1, 0).dim());
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.nsf(2, 2, 4).withContext(-1).dim());
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () ->
            new AutoregressiveConfig(
                    2,
                    0,
                    1,
                    List.of(),
                    Activation.TANH,
                    ColumnTransform.affine(),
                    AutoregressiveConfig.Ordering.RANDOM,
                    true,
                    false,
                    0,
                    List.of())
                .dim());
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> Flows.maf(2, 2, 3).withDropout(1).dim(), "dropout");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> Flows.nsf(2, 2, 3).withDropout(-0.1).dim());
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      assertFails(
          ErrorKey.INVALID_CONFIGURATION,
          () -> Flows.realNvp(1, 2, 3).create(new Parameters(backend), random()).dim(),
          "at least 2");
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () ->
              Coupling.create(
                      new Parameters(backend),
                      "c",
                      Columns.of(1, ColumnTransform.affine()),
                      0,
                      true,
                      List.of(3),
                      Activation.TANH,
                      true,
                      Dropout.NONE,
                      random())
                  .dim());
    }
  }

  @Test
  void aContextMovesTheDensity() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Flow flow = Flows.planar(2, 3).withContext(1).create(new Parameters(backend), random());
      double[][] x = {{0.3, -0.2}};
      double a = flow.logProb(x, Context.shared(new double[] {1}), random())[0];
      double b = flow.logProb(x, Context.shared(new double[] {-1}), random())[0];
      assertTrue(Math.abs(a - b) > 1e-3, a + " and " + b);
      assertEquals(1, flow.contextSize());
    }
  }
}
