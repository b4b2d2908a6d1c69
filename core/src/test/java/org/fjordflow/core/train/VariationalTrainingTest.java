package org.fjordflow.core.train;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Training without data: a flow that can be any normal is fitted to a normal that is not
 * normalised. The divergence is then least where both are one, and there it is minus the log of the
 * target's integral for every single sample.
 */
final class VariationalTrainingTest {

  private static final long SEED = GradientCheck.defaultSeed();

  /** The target is exp(3 - |(x - MEAN) L|^2 / 2) with L the rows below. */
  private static final double[] MEAN = {1.5, -0.5};

  private static final double[] L = {1.25, -0.5, 0, 0.8};

  /** log of exp(3) 2 pi / |det L|. */
  private static final double LOG_Z = 3 + Math.log(2 * Math.PI) - Math.log(1.25 * 0.8);

  private static final int SAMPLES = 32;

  @TempDir Path folder;

  /** x = z S + m with S upper triangular, its diagonal exp(s). */
  private record Triangular(Parameter shift, Parameter logScale, Parameter shear)
      implements Bijection {

    static Triangular create(Parameters parameters) {
      return new Triangular(
          parameters.add("shift", new double[2], 2),
          parameters.add("log_scale", new double[2], 2),
          parameters.add("shear", new double[1], 1, 1));
    }

    @Override
    public int dim() {
      return 2;
    }

    @Override
    public int contextSize() {
      return 0;
    }

    @Override
    public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
      Tape t = pass.tape();
      Var s = t.parameter(logScale);
      Var scaled = t.multiply(z, t.apply(Elementwise.EXP, s));
      Var first = t.columns(scaled, 0, 1);
      Var moved = t.multiply(t.columns(z, 0, 1), t.parameter(shear));
      Var second = t.add(t.columns(scaled, 1, 2), moved);
      Var x = t.add(t.concat(first, second), t.parameter(shift));
      return Transformed.exact(x, t.repeat(t.rowSum(s), z.rows()));
    }

    @Override
    public Transformed forward(Pass pass, Var x, @Nullable Var context) {
      Tape t = pass.tape();
      Var s = t.parameter(logScale);
      Var inverse = t.apply(Elementwise.EXP, t.affine(-1, s, 0));
      Var centred = t.subtract(x, t.parameter(shift));
      Var first = t.multiply(t.columns(centred, 0, 1), t.columns(inverse, 0, 1));
      Var rest = t.subtract(t.columns(centred, 1, 2), t.multiply(first, t.parameter(shear)));
      Var second = t.multiply(rest, t.columns(inverse, 1, 2));
      return Transformed.exact(
          t.concat(first, second), t.repeat(t.affine(-1, t.rowSum(s), 0), x.rows()));
    }
  }

  private static Var logTarget(Tape tape, Var x) {
    Var centred = tape.subtract(x, tape.constant(MEAN, 1, 2));
    Var u = tape.layer(Elementwise.IDENTITY, centred, tape.constant(L, 2, 2), null, null);
    return tape.affine(-0.5, tape.rowSum(tape.apply(Elementwise.SQUARE, u)), 3);
  }

  private static Flow flow(Parameters parameters) {
    Bijection bijection = Triangular.create(parameters);
    return new Flow(DiagonalNormal.standard(2), bijection, parameters.backend());
  }

  private static TrainerConfig config(int steps) {
    return TrainerConfig.of(steps, SAMPLES, SEED)
        .withOptimizer(Adam.of(0.05))
        .withSchedule(new Schedule.Cosine(steps, 0));
  }

  /** The flow's map is the inverse of L', so that u is standard normal. */
  @Test
  void findsTheTargetAndItsIntegral() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Parameters parameters = new Parameters(backend);
      VariationalObjective objective =
          Objectives.reverseKl(flow(parameters), VariationalTrainingTest::logTarget);
      TrainingResult result = new Trainer(config(2000), parameters, objective, List.of()).train();
      assertEquals(-LOG_Z, result.finalLoss(), 5e-3, "seed " + SEED);
      double[] theta = parameters.get();
      assertArrayEquals(MEAN, Arrays.copyOf(theta, 2), 0.02);
      // The inverse of {{1.25, -0.5}, {0, 0.8}} is {{0.8, 0.5}, {0, 1.25}}: x1 = 0.8 u1 + 0.5 u2.
      // As a lower triangular map of other normals: variances 0.89 and 1.5625, covariance 0.625.
      double first = Math.exp(theta[2]);
      double second = Math.exp(theta[3]);
      assertEquals(0.89, first * first, 0.03);
      assertEquals(0.625, first * theta[4], 0.03);
      assertEquals(1.5625, theta[4] * theta[4] + second * second, 0.05);
    }
  }

  /** log q - log p is no less than -log Z in the mean, whatever the flow. */
  @Test
  void theLossOfManySamplesIsAboveTheBound() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Parameters parameters = new Parameters(backend);
      VariationalObjective objective =
          Objectives.reverseKl(flow(parameters), VariationalTrainingTest::logTarget);
      Tape tape = Tape.recording(backend);
      Var loss = objective.loss(Pass.training(tape, new SplittableRandom(SEED)), 200_000);
      double[] value = new double[1];
      backend.download(loss.value(), value, 0);
      // KL of N(0, I) from N(MEAN, (L'L)^-1): (tr(L'L) + |L MEAN|^2 - 2 - log det L'L) / 2.
      double trace = 1.25 * 1.25 + 0.25 + 0.64;
      double u0 = 1.25 * MEAN[0] - 0.5 * MEAN[1];
      double u1 = 0.8 * MEAN[1];
      double divergence = (trace + u0 * u0 + u1 * u1 - 2) / 2;
      assertEquals(divergence - LOG_Z, value[0], 0.03);
    }
  }

  /** Judged by the density of rows of the target, which training never sees. */
  private static Validation validation(Flow flow) {
    return random ->
        -Arrays.stream(flow.logProb(new double[][] {MEAN, {0, 0}}, Context.none(), random))
            .average()
            .orElseThrow();
  }

  private static TrainingResult train(
      Parameters parameters, @Nullable TrainingState from, TrainingListener... listeners) {
    Flow flow = flow(parameters);
    TrainerConfig config = config(60).withValidation(7, 50);
    Trainer trainer =
        new Trainer(
            config,
            parameters,
            Objectives.reverseKl(flow, VariationalTrainingTest::logTarget),
            validation(flow),
            List.of(listeners));
    return from == null ? trainer.train() : trainer.resume(from);
  }

  @Test
  void aResumedTrainingIsBitEqualAndKeepsTheBestValues() {
    TrainerConfig config = config(60).withValidation(7, 50);
    try (Backend backend = new CpuBackend(DType.FLOAT32)) {
      Parameters whole = new Parameters(backend);
      Path file = folder.resolve("checkpoint.safetensors");
      TrainingResult expected =
          train(
              whole,
              null,
              new TrainingListener() {
                @Override
                public void stepEnded(long step, Supplier<TrainingState> state) {
                  if (step == 25) {
                    Checkpoint.of(state.get(), config).write(file, whole);
                  }
                }
              });
      TrainingState state = Checkpoint.read(file, whole).stateFor(config);
      Parameters resumed = new Parameters(backend);
      TrainingResult actual = train(resumed, state);
      assertArrayEquals(whole.get(), resumed.get());
      assertArrayEquals(
          expected.state().values().parameters(), actual.state().values().parameters());
      assertEquals(expected.bestStep(), actual.bestStep());
      assertEquals(expected.bestValidationLoss(), actual.bestValidationLoss());
      assertEquals(13, expected.validations().size(), "0, 1, 2, 4, and nine of the interval");
      double least =
          expected.validations().stream().mapToDouble(ValidationMetrics::loss).min().orElseThrow();
      assertEquals(least, expected.bestValidationLoss());
      assertFalse(
          Arrays.equals(expected.state().values().parameters(), whole.get()),
          "the model has the best values, not the last ones");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 5})
  void threadsChangeNoBit(int threads) {
    try (Backend one = new CpuBackend(DType.FLOAT32, 1);
        Backend several = new CpuBackend(DType.FLOAT32, threads)) {
      Parameters expected = new Parameters(one);
      train(expected, null);
      Parameters actual = new Parameters(several);
      train(actual, null);
      assertArrayEquals(expected.get(), actual.get());
    }
  }

  @Test
  void validationsAndTheirIntervalBelongTogether() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Parameters parameters = new Parameters(backend);
      VariationalObjective objective =
          Objectives.reverseKl(flow(parameters), VariationalTrainingTest::logTarget);
      assertFails(
          ErrorKey.INVALID_CONFIGURATION,
          () -> new Trainer(config(5).withValidation(2, 0), parameters, objective, List.of()));
    }
  }

  /** A sampler that fails now and then is rolled back like any other objective. */
  @Test
  void aLossThatIsNotFiniteIsRolledBack() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Parameters parameters = new Parameters(backend);
      VariationalObjective sound =
          Objectives.reverseKl(flow(parameters), VariationalTrainingTest::logTarget);
      int[] calls = new int[1];
      VariationalObjective failing =
          (pass, samples) -> {
            calls[0]++;
            double factor = calls[0] == 4 ? Double.NaN : 1;
            return pass.tape().affine(factor, sound.loss(pass, samples), 0);
          };
      TrainingResult result = new Trainer(config(10), parameters, failing, List.of()).train();
      assertEquals(1, result.state().rollbacks());
      assertTrue(Double.isFinite(result.finalLoss()));
      assertEquals(9, result.history().size());
    }
  }
}
