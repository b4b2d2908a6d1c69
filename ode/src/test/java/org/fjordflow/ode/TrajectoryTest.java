package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** States at output times, and what they cost. */
class TrajectoryTest {
  private static final OdeSystem OSCILLATOR =
      TestSystems.of(
          2,
          (t, y, yDot) -> {
            yDot[0] = y[1];
            yDot[1] = -y[0];
          });

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void statesAreThoseOfTheClosedForm(SolverMethod method) {
    OdeSolver solver = new OdeSolver(TestSystems.accurate(method));
    for (double[] times : new double[][] {{0.25, 0.25, 1, 2}, {-0.25, -1.5, -1.5, -2}}) {
      Trajectory trajectory = solver.solve(OSCILLATOR, 0, new double[] {1, 0}, times).orThrow();
      assertArrayEquals(times, trajectory.times());
      assertEquals(times.length, trajectory.states().length);
      for (int i = 0; i < times.length; i++) {
        assertArrayEquals(
            new double[] {Math.cos(times[i]), -Math.sin(times[i])},
            trajectory.states()[i],
            TestSystems.accuracy(method));
      }
      assertEquals(times[times.length - 1], trajectory.end().time());
      assertArrayEquals(trajectory.states()[times.length - 1], trajectory.end().state());
    }
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void timesAtTheEndsChangeNothing(SolverMethod method) {
    OdeSolver solver = new OdeSolver(TestSystems.accurate(method));
    double[] start = {0.5, -1.25};
    Solution plain = solver.solve(OSCILLATOR, 1, start, 2.5).orThrow();
    Trajectory trajectory =
        solver.solve(OSCILLATOR, 1, start, new double[] {1, 1, 2.5, 2.5}).orThrow();
    assertArrayEquals(start, trajectory.states()[0]);
    assertArrayEquals(start, trajectory.states()[1]);
    assertEquals(0, TestSystems.distance(trajectory.states()[2], trajectory.states()[3]));
    assertArrayEquals(plain.state(), trajectory.states()[2], 1e-14);
    assertEquals(plain.stats().acceptedSteps(), trajectory.end().stats().acceptedSteps());
    assertEquals(plain.stats().evaluations(), trajectory.end().stats().evaluations());
    assertArrayEquals(new double[] {0.5, -1.25}, start, "the initial state is not modified");
    Trajectory still = solver.solve(OSCILLATOR, 1, start, new double[] {1, 1});
    assertArrayEquals(start, still.orThrow().states()[1]);
    assertEquals(0, still.end().stats().evaluations());
  }

  /** One step more for each, and no evaluation at the seams. */
  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void aThousandTimesCostAStepEach(SolverMethod method) {
    SolverConfig config =
        method.isAdaptive()
            ? SolverConfig.adaptive(method, 1e-6, 1e-6)
            : SolverConfig.fixed(method, 50);
    double[] times = new double[1000];
    for (int i = 0; i < times.length; i++) {
      times[i] = 20 * Math.pow((i + 1) / 1000.0, 2);
    }
    OdeSolver solver = new OdeSolver(config);
    double[] start = {1, 0};
    SolveStats alone = solver.solve(OSCILLATOR, 0, start, 20).orThrow().stats();
    SolveStats stats = solver.solve(OSCILLATOR, 0, start, times).orThrow().end().stats();
    long stages = method.tableau().solutionStages();
    long more = 1000 * stages;
    assertTrue(stats.evaluations() <= alone.evaluations() + more, stats + " after " + alone);
    assertTrue(stats.acceptedSteps() <= alone.acceptedSteps() + 1000);
    if (method.isAdaptive()) {
      long attempts = stats.acceptedSteps() + stats.rejectedSteps();
      assertEquals(2 + stages * attempts, stats.evaluations(), "one choice of the first step");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"GRAGG_BULIRSCH_STOER", "ADAMS_BASHFORTH", "ADAMS_MOULTON"})
  void oneBudgetHoldsWhereEachTimeStartsAnew(SolverMethod method) {
    NeuralSystem system = new NeuralSystem(3);
    double[] start = {0.4, -0.7, 1.1};
    double[] times = {1, 2, 3, 4, 5, 6};
    SolverConfig config = SolverConfig.adaptive(method, 1e-6, 1e-6);
    Trajectory whole = new OdeSolver(config).solve(system, 0, start, times).orThrow();
    assertEquals(system.evaluations, whole.end().stats().evaluations());
    for (int budget = 1; budget < system.evaluations; budget += 7) {
      NeuralSystem counted = new NeuralSystem(3);
      Trajectory part =
          new OdeSolver(config.withMaxEvaluations(budget)).solve(counted, 0, start, times);
      assertEquals(SolveStatus.Outcome.BUDGET_SPENT, part.end().status().outcome());
      assertEquals(budget, part.end().stats().evaluations());
      assertEquals(budget, counted.evaluations);
      assertTrue(part.states().length < times.length);
    }
  }

  /** The step that was cut by an output time does not make the next ones short. */
  @Test
  void theLengthOfTheStepIsCarriedOn() {
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6);
    OdeSolver solver = new OdeSolver(config);
    double[] start = {1, 0};
    long alone = solver.solve(OSCILLATOR, 0, start, 20).stats().acceptedSteps();
    double[] times = {4, 4 + 1e-9, 4 + 2e-9, 8, 8 + 1e-7, 20};
    SolveStats stats = solver.solve(OSCILLATOR, 0, start, times).orThrow().end().stats();
    assertTrue(stats.acceptedSteps() <= alone + times.length, stats + " after " + alone);
  }

  @Test
  void equalStepsAreNoLongerThanThoseOfTheWhole() {
    SolverConfig config = SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 10);
    OdeSolver solver = new OdeSolver(config);
    double[] start = {1, 0};
    // Tenths of the interval are grid points but for rounding.
    double[] times = {0.1, 0.3, 0.7, 1};
    SolveStats onGrid = solver.solve(OSCILLATOR, 0, start, times).end().stats();
    assertEquals(10, onGrid.acceptedSteps());
    double[] between = {0.05, 0.5, 1};
    SolveStats stats = solver.solve(OSCILLATOR, 0, start, between).end().stats();
    assertEquals(1 + 5 + 5, stats.acceptedSteps());
    assertTrue(stats.largestStep() <= 0.1 + 1e-15);
  }

  @Test
  void theBudgetIsOneOfTheWholeSolve() {
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6);
    double[] times = {1, 2, 3, 4, 5, 6};
    OdeSolver poor = new OdeSolver(config.withMaxEvaluations(40));
    Trajectory trajectory = poor.solve(OSCILLATOR, 0, new double[] {1, 0}, times);
    assertEquals(SolveStatus.Outcome.BUDGET_SPENT, trajectory.end().status().outcome());
    assertEquals(40, trajectory.end().stats().evaluations());
    assertTrue(trajectory.states().length < times.length, "ended early");
  }

  @Test
  void partsGiveTheStatesOfTheWhole() {
    double[] start = new double[15];
    Arrays.setAll(start, i -> Math.sin(i + 1));
    double[] times = {0.5, 1, 2.5};
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-6, 1e-6);
    RowParts parts = RowParts.of(5, 3, () -> new NeuralSystem(3));
    Trajectory whole = new OdeSolver(config).solve(parts.plain(), 0, start, times).orThrow();
    Trajectory byParts = new OdeSolver(config).solve(parts, 0, start, times).orThrow();
    for (int i = 0; i < times.length; i++) {
      assertArrayEquals(whole.states()[i], byParts.states()[i], 1e-12);
    }
  }

  @Test
  void refusesTimesThatAreNotInOrder() {
    OdeSolver solver =
        new OdeSolver(SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6));
    double[][] wrong = {{}, {1, 0.5}, {-1, -0.5}, {1, -1}, {1, 2, 0}, {1, Double.NaN}, {-1, 1}};
    for (double[] times : wrong) {
      FjordException thrown =
          assertThrows(
              FjordException.class,
              () -> solver.solve(OSCILLATOR, 0, new double[] {1, 0}, times),
              Arrays.toString(times));
      assertEquals(ErrorKey.INVALID_ARGUMENT, thrown.key());
    }
    FjordException shape =
        assertThrows(
            FjordException.class,
            () -> solver.solve(OSCILLATOR, 0, new double[3], new double[] {1, 2}));
    assertEquals(ErrorKey.SHAPE_MISMATCH, shape.key());
  }
}
