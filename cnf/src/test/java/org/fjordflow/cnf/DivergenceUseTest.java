package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a divergence is computed at all, which one, and when its probes are drawn. */
final class DivergenceUseTest {

  private static final int DIM = 3;
  private static final int ROWS = 4;

  /** Counts draws. */
  private static final class CountingRandom implements RandomGenerator {
    private final RandomGenerator random = new SplittableRandom(SEED);
    private int draws;

    @Override
    public long nextLong() {
      draws++;
      return random.nextLong();
    }

    int takeDraws() {
      int taken = draws;
      draws = 0;
      return taken;
    }
  }

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final CountingRandom random = new CountingRandom();
  private final CountingField field =
      new CountingField(ClosedFormFlow.linear(new double[][] {{1, 2, 0}, {0, -1, 3}, {4, 0, 0.5}}));

  @AfterEach
  void close() {
    backend.close();
  }

  private ContinuousFlow flow(double tolerance, int trainingProbes) {
    SolverConfig solver =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, tolerance, tolerance);
    SolveSettings options =
        SolveSettings.exact()
            .withSolver(solver)
            .withTrainingDivergence(new Hutchinson(ProbeDistribution.RADEMACHER, trainingProbes));
    return new ContinuousFlow(DIM, 0, field, new EndTime.Fixed(1), options);
  }

  private Var rows(Tape tape) {
    return tape.constant(SmallModels.rows(ROWS, DIM, SEED), ROWS, DIM);
  }

  @Test
  void trainingAndEvaluationHaveTheirOwn() {
    ContinuousFlow flow = flow(1e-6, 2);
    Tape tape = Tape.evaluating(backend);
    Transformed training = flow.forward(Pass.training(tape, random), rows(tape), null);
    assertEquals(2, field.takeTangents());
    assertNotNull(Objects.requireNonNull(training.logDet()).variance());
    assertTrue(random.takeDraws() > 0);
    Transformed evaluation = flow.forward(Pass.evaluation(tape, random), rows(tape), null);
    assertEquals(DIM, field.takeTangents());
    assertNull(Objects.requireNonNull(evaluation.logDet()).variance());
    assertEquals(0, random.takeDraws(), "draws for an exact trace");
  }

  @Test
  void trainingAndEvaluationHaveTheirOwnSolvers() {
    SolverConfig two = SolverConfig.fixed(SolverMethod.EULER, 2);
    SolverConfig five = SolverConfig.fixed(SolverMethod.EULER, 5);
    SolveSettings options = SolveSettings.exact().withSolver(two).withEvaluationSolver(five);
    ContinuousFlow flow = flow(1e-6, 1).withSolve(options);
    Tape tape = Tape.evaluating(backend);
    Pass training = Pass.training(tape, random);
    Pass evaluation = Pass.evaluation(tape, random);
    flow.forward(training, rows(tape), null).value();
    flow.inverse(evaluation, rows(tape), null).value();
    assertEquals(2, training.work().forwardEvaluations());
    assertEquals(5, evaluation.work().forwardEvaluations());
  }

  /** Drawn anew at every evaluation they would leave nothing smooth to solve (FFJORD's issue). */
  @Test
  void probesAreDrawnOncePerSolve() {
    int[] draws = new int[2];
    long[] evaluations = new long[2];
    for (int i = 0; i < 2; i++) {
      Tape tape = Tape.recording(backend);
      Pass pass = Pass.training(tape, random);
      Var x = tape.input(rows(tape).value());
      Transformed z = flow(i == 0 ? 1e-2 : 1e-9, 1).forward(pass, x, null);
      draws[i] = random.takeDraws();
      tape.backward(tape.mean(z.value()));
      assertEquals(0, random.takeDraws(), "draws on the way back");
      evaluations[i] = pass.work().forwardEvaluations();
    }
    assertTrue(evaluations[1] > 2 * evaluations[0]);
    assertEquals(ROWS * DIM, draws[0]);
    assertEquals(ROWS * DIM, draws[1]);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void withoutLogDeterminantThereAreNoTangents(boolean training) {
    ContinuousFlow flow = flow(1e-8, 1);
    for (Tape tape : new Tape[] {Tape.evaluating(backend), Tape.recording(backend)}) {
      Pass with = new Pass(tape, random, training, true, new Work());
      Pass without = new Pass(tape, random, training, false, new Work());
      double[] expected =
          SmallModels.read(backend, flow.forward(with, rows(tape), null).value().value());
      assertEquals(training ? 1 : DIM, field.takeTangents());
      int unused = random.takeDraws();
      Transformed alone = flow.forward(without, rows(tape), null);
      assertEquals(0, field.takeTangents());
      assertEquals(0, random.takeDraws());
      assertNull(alone.logDet());
      assertArrayEquals(expected, SmallModels.read(backend, alone.value().value()), 1e-6);
    }
  }
}
