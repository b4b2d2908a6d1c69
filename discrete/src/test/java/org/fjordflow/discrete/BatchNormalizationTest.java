package org.fjordflow.discrete;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Checkpoint;
import org.fjordflow.core.train.Objective;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainerConfig.RollbackPolicy;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.Validation;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.discrete.internal.parts.BatchNormalization;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the moving averages are, when they move, and that training keeps them with the rest. */
final class BatchNormalizationTest {

  private static final long SEED = GradientCheck.defaultSeed();

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);

  @TempDir private Path folder;

  @AfterEach
  void close() {
    backend.close();
  }

  private static RandomGenerator random() {
    return new SplittableRandom(SEED);
  }

  /** By hand: one column, averages 1 and 4, exp(s) = 3, m = -1. */
  @Test
  void itIsTheFormula() {
    BatchNormalization norm = BatchNormalization.create(parameters, "b", 1);
    parameters.set(new double[] {Math.log(3), -1});
    parameters.setBufferValues(new double[] {1, 4});
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, random());
    Transformed z = norm.forward(pass, tape.constant(new double[] {5, 1}, 2, 1), null);
    double factor = 3 / Math.sqrt(4 + 1e-4);
    assertArrayEquals(
        new double[] {4 * factor - 1, -1}, Elements.of(backend, z.value().value()), 1e-14);
    double[] logDet = Elements.of(backend, Objects.requireNonNull(z.logDet()).value().value());
    assertArrayEquals(new double[] {Math.log(factor), Math.log(factor)}, logDet, 1e-14);
    assertTrue(pass.observations().isEmpty(), "an evaluation learns nothing");
  }

  /**
   * A pass changes nothing; what it has seen moves the averages by a tenth when it is delivered.
   */
  @Test
  void aStepMovesTheAveragesByATenth() {
    BatchNormalization norm = BatchNormalization.create(parameters, "b", 2);
    Tape tape = Tape.recording(backend);
    Pass pass = Pass.training(tape, random());
    // Means 3 and -1, variances 8/3 and 6, in two unequal parts.
    double[] first = {1, -1};
    double[] second = {3, 2, 5, -4};
    double[] before = parameters.bufferValues();
    assertEquals(1, norm.forward(pass, tape.constant(first, 1, 2), null).value().rows());
    assertEquals(2, norm.forward(pass, tape.constant(second, 2, 2), null).value().rows());
    assertEquals(0, norm.forward(pass, tape.constant(new double[0], 0, 2), null).value().rows());
    assertArrayEquals(before, parameters.bufferValues());
    pass.observations().deliver();
    assertArrayEquals(
        new double[] {0.3, -0.1, 0.9 + 0.8 / 3, 0.9 + 0.6}, parameters.bufferValues(), 1e-15);
  }

  /** The averages do not depend on how a batch was split. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void theyAreThoseOfTheWholeBatch(int threads) {
    double[][] rows = ToyDensity.MOONS.sample(700, random());
    try (Backend several = new CpuBackend(DType.FLOAT64, threads)) {
      Parameters own = new Parameters(several);
      BatchNormalization norm = BatchNormalization.create(own, "b", 2);
      Flow flow = new Flow(DiagonalNormal.standard(2), norm, several);
      Pass pass = Pass.training(Tape.recording(several), random());
      assertEquals(
          1, Objectives.negativeLogLikelihood(flow).loss(pass, Batch.of(rows)).value().rows());
      pass.observations().deliver();
      BatchNormalization whole = BatchNormalization.create(parameters, "b", 2);
      Tape tape = Tape.recording(backend);
      Pass together = Pass.training(tape, random());
      double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
      assertEquals(700, whole.forward(together, tape.constant(flat, 700, 2), null).value().rows());
      together.observations().deliver();
      assertArrayEquals(parameters.bufferValues(), own.bufferValues(), 1e-14, "seed " + SEED);
    }
  }

  /** After a training the averages are near the moments of what arrives, and it has learned. */
  @Test
  void aTrainedFlowIsNormalised() {
    Flow flow = Flows.maf(2, 3, 16).withBatchNormalization().create(parameters, random());
    TrainingResult result = trainer(flow, config(400), null).train();
    double first = result.history().get(0).loss();
    assertTrue(result.finalLoss() < Math.min(first, 2.2), first + " to " + result.finalLoss());
    double[][] rows = ToyDensity.MOONS.sample(4000, random());
    Pass pass = Pass.training(Tape.evaluating(backend), random());
    assertEquals(
        1, Objectives.negativeLogLikelihood(flow).loss(pass, Batch.of(rows)).value().rows());
    double[] before = parameters.bufferValues();
    pass.observations().deliver();
    double[] after = parameters.bufferValues();
    for (int i = 0; i < before.length; i++) {
      // A tenth of the distance: the averages are within 0.3 of the moments.
      assertEquals(before[i], after[i], 0.03 * Math.max(1, before[i]), "seed " + SEED);
    }
  }

  private static TrainerConfig config(int steps) {
    return TrainerConfig.of(steps, 200, SEED).withOptimizer(Adam.of(5e-3));
  }

  private Trainer trainer(
      Flow flow,
      TrainerConfig config,
      @Nullable Validation validation,
      TrainingListener... listeners) {
    return trainer(
        parameters, Objectives.negativeLogLikelihood(flow), config, validation, listeners);
  }

  private static Trainer trainer(
      Parameters parameters,
      Objective objective,
      TrainerConfig config,
      @Nullable Validation validation,
      TrainingListener... listeners) {
    BatchSource batches = BatchSource.sampled(ToyDensity.MOONS::sample);
    return new Trainer(config, parameters, objective, batches, validation, List.of(listeners));
  }

  /** Stopped, and gone on with from its file by another model: the same bits, the best ones too. */
  @Test
  void aResumedTrainingHasTheSameBits() {
    FlowConfig made = Flows.realNvp(2, 2, 8).withBatchNormalization();
    TrainerConfig config = config(30).withValidation(4, 0);
    Flow whole = made.create(parameters, random());
    // Best at the fifth validation, at step 8, before the stop: the others were at 0, 1, 2 and 4.
    TrainingResult expected = trainer(whole, config, turning(5)).train();
    Path file = folder.resolve("checkpoint.safetensors");
    try (Backend other = new CpuBackend(DType.FLOAT64)) {
      Parameters begun = new Parameters(other);
      Objective objective = Objectives.negativeLogLikelihood(made.create(begun, random()));
      TrainerConfig half = config.withSteps(12);
      Checkpoint.Writer writer = new Checkpoint.Writer(file, begun, half, 100);
      assertEquals(12, trainer(begun, objective, half, turning(5), writer).train().steps());
      Parameters resumed = new Parameters(other);
      Objective again = Objectives.negativeLogLikelihood(made.create(resumed, random()));
      TrainingResult actual =
          trainer(resumed, again, config, random -> 1000)
              .resume(Checkpoint.read(file, resumed).stateFor(config));
      assertArrayEquals(
          expected.state().values().parameters(), actual.state().values().parameters());
      assertArrayEquals(expected.state().values().buffers(), actual.state().values().buffers());
      assertEquals(8, actual.bestStep());
      assertArrayEquals(parameters.get(), resumed.get());
      assertArrayEquals(parameters.bufferValues(), resumed.bufferValues());
      assertFalse(
          Arrays.equals(resumed.bufferValues(), actual.state().values().buffers()),
          "the averages have moved since the best step");
    }
  }

  /** A loss that is smallest at one of the validations. */
  private static Validation turning(int best) {
    int[] count = new int[1];
    return random -> Math.abs(++count[0] - best);
  }

  /** A step that fails moves nothing, and goes back to the averages of the snapshot. */
  @Test
  void aStepThatFailsGoesBackToTheAveragesOfItsSnapshot() {
    Flow flow = Flows.realNvp(2, 2, 8).withBatchNormalization().create(parameters, random());
    Objective likelihood = Objectives.negativeLogLikelihood(flow);
    int[] step = new int[1];
    Objective failing =
        (pass, batch) -> {
          if (!pass.initializing() && ++step[0] == 8) {
            throw new FjordException(ErrorKey.NON_FINITE, "provoked");
          }
          return likelihood.loss(pass, batch);
        };
    List<double[]> buffers = new ArrayList<>();
    TrainingListener watcher =
        new TrainingListener() {
          @Override
          public void stepEnded(long s, Supplier<TrainingState> state) {
            buffers.add(state.get().values().buffers());
          }
        };
    TrainerConfig config = config(8).withRollback(new RollbackPolicy(2, 0.5, 5));
    TrainingResult result = trainer(parameters, failing, config, null, watcher).train();
    assertEquals(1, result.state().rollbacks());
    // The snapshot of step 6 has the averages that step 5 left.
    assertArrayEquals(buffers.get(4), buffers.get(7));
    assertFalse(Arrays.equals(buffers.get(4), buffers.get(6)));
    assertArrayEquals(buffers.get(4), parameters.bufferValues());
  }
}
