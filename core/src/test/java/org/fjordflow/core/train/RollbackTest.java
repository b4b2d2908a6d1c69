package org.fjordflow.core.train;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.TrainerConfig.RollbackPolicy;
import org.fjordflow.core.train.TrainingListener.Rollback;
import org.fjordflow.core.train.TrainingResult.EndReason;
import org.fjordflow.core.train.internal.TrainingState;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Steps that fail. */
final class RollbackTest {

  /** Ways for a step to fail. */
  enum Failure {
    NAN_LOSS,
    INFINITE_GRADIENT,
    NON_FINITE,
    SOLVE_FAILED
  }

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = TinyModels.bowlParameters(backend);
  private final List<Rollback> rollbacks = new ArrayList<>();
  private final List<double[]> afterStep = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    backend.close();
  }

  /** The bowl, failing where it is told to; the step is told by the batches. */
  private Trainer trainer(TrainerConfig config, Failure failure, LongPredicate fails) {
    long[] step = new long[1];
    BatchSource source = TinyModels.noisy(0);
    BatchSource counting =
        (s, size, streams) -> {
          step[0] = s;
          return source.batch(s, size, streams);
        };
    Objective bowl = TinyModels.bowl(parameters);
    Objective failing =
        (pass, batch) -> {
          if (!fails.test(step[0])) {
            return bowl.loss(pass, batch);
          }
          return switch (failure) {
            case NAN_LOSS -> pass.tape().affine(Double.NaN, bowl.loss(pass, batch), 0);
            case INFINITE_GRADIENT ->
                pass.tape().affine(1e200, pass.tape().affine(1e150, bowl.loss(pass, batch), 0), 0);
            case NON_FINITE -> throw new FjordException(ErrorKey.NON_FINITE, "provoked");
            case SOLVE_FAILED -> throw new FjordException(ErrorKey.SOLVE_FAILED, "provoked");
          };
        };
    TrainingListener watcher =
        new TrainingListener() {
          @Override
          public void rolledBack(Rollback rollback) {
            rollbacks.add(rollback);
          }

          @Override
          public void stepEnded(long s, Supplier<TrainingState> state) {
            afterStep.add(state.get().values().parameters());
          }
        };
    return new Trainer(config, parameters, failing, counting, List.of(watcher));
  }

  @ParameterizedTest
  @EnumSource(Failure.class)
  void aFailedStepGoesBackToTheLastSnapshot(Failure failure) {
    TrainerConfig config =
        TrainerConfig.of(400, 2, 1)
            .withOptimizer(Adam.of(0.1))
            .withRollback(new RollbackPolicy(2, 0.5, 5));
    TrainingResult result = trainer(config, failure, step -> step == 23).train();
    assertEquals(1, rollbacks.size());
    Rollback rollback = rollbacks.get(0);
    assertEquals(23, rollback.step());
    assertEquals(20, rollback.restoredStep());
    assertEquals(0.5, rollback.learningRateFactor());
    assertArrayEquals(afterStep.get(19), afterStep.get(22));
    assertEquals(399, result.history().size());
    assertEquals(0.1, result.history().get(21).learningRate());
    assertEquals(0.05, result.history().get(22).learningRate());
    assertEquals(1, result.state().rollbacks());
    assertArrayEquals(new double[] {1, 2, 3}, parameters.get(), 1e-3);
  }

  /** The optimiser's memory goes back too: the run goes on as one that began at the snapshot. */
  @Test
  void theOptimiserGoesBackToo() {
    RollbackPolicy policy = new RollbackPolicy(2, 1, 5);
    TrainerConfig config =
        TrainerConfig.of(23, 2, 1).withOptimizer(Adam.of(0.1)).withRollback(policy);
    TrainingResult failed = trainer(config, Failure.NAN_LOSS, step -> step == 23).train();
    parameters.set(new double[] {3, -2, 0.5});
    TrainingResult short20 = trainer(config.withSteps(20), Failure.NAN_LOSS, step -> false).train();
    assertArrayEquals(short20.state().values().parameters(), failed.state().values().parameters());
    assertArrayEquals(short20.state().optimizer().first(), failed.state().optimizer().first());
    assertArrayEquals(short20.state().optimizer().second(), failed.state().optimizer().second());
    assertEquals(20, failed.state().optimizer().updates());
  }

  @Test
  void tooManyInARowAreADivergence() {
    TrainerConfig config =
        TrainerConfig.of(100, 2, 1)
            .withOptimizer(Adam.of(0.1))
            .withRollback(new RollbackPolicy(3, 0.5, 10));
    Trainer trainer = trainer(config, Failure.NAN_LOSS, step -> step >= 34);
    assertFails(ErrorKey.TRAINING_DIVERGED, trainer::train, "step 37", "NaN", "norm");
    assertEquals(List.of(34L, 35L, 36L), rollbacks.stream().map(Rollback::step).toList());
    assertEquals(0.125, rollbacks.get(2).learningRateFactor());
    assertArrayEquals(afterStep.get(29), parameters.get());
  }

  @Test
  void rollbacksFarApartDoNotAddUp() {
    TrainerConfig config = TrainerConfig.of(200, 2, 1).withRollback(new RollbackPolicy(1, 1, 5));
    TrainingResult result = trainer(config, Failure.SOLVE_FAILED, step -> step % 20 == 3).train();
    assertEquals(10, result.state().rollbacks());
    assertEquals(EndReason.COMPLETED, result.reason());
  }

  @Test
  void otherErrorsAreNotRolledBack() {
    Objective wrong = (pass, batch) -> pass.tape().constant(new double[2], 1, 2);
    Trainer trainer =
        new Trainer(TrainerConfig.of(5, 2, 1), parameters, wrong, TinyModels.noisy(0), List.of());
    assertFails(ErrorKey.SHAPE_MISMATCH, trainer::train, "1 x 2");
    assertTrue(rollbacks.isEmpty());
  }
}
