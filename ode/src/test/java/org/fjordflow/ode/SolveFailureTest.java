package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.internal.step.Span;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every failure is a status that names where it happened, and keeps the state reached. */
class SolveFailureTest {

  /** y' = y^2 from 1 ends at t = 1; beside it a component without trouble. */
  private static final OdeSystem BLOW_UP =
      TestSystems.of(
          2,
          (t, y, yDot) -> {
            yDot[0] = 0.1;
            yDot[1] = y[1] * y[1];
          });

  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {
        "HIGHAM_HALL_54",
        "DORMAND_PRINCE_54",
        "DORMAND_PRINCE_853",
        "GRAGG_BULIRSCH_STOER",
        "ADAMS_BASHFORTH",
        "ADAMS_MOULTON"
      })
  void blowUpUnderflows(SolverMethod method) {
    SolverConfig config = SolverConfig.adaptive(method, 1e-6, 1e-6);
    blowUpUnderflows(config, 1);
    blowUpUnderflows(config, -1);
  }

  private static void blowUpUnderflows(SolverConfig config, double direction) {
    OdeSystem system =
        TestSystems.of(
            2,
            (t, y, yDot) -> {
              BLOW_UP.derivatives(t, y, yDot);
              yDot[1] *= direction;
            });
    Solution solution = new OdeSolver(config).solve(system, 0, new double[] {0, 1}, 2 * direction);
    SolveStatus status = solution.status();
    assertEquals(Outcome.STEP_UNDERFLOW, status.outcome(), status.message());
    assertEquals(direction, status.time(), 1e-4);
    assertEquals(solution.time(), status.time());
    assertEquals(1, status.component());
    assertTrue(status.step() * direction > 0 && Math.abs(status.step()) < 1e-12);
    assertTrue(status.message().contains("component 1"));
    assertTrue(solution.state()[1] > 1e4 && Double.isFinite(solution.state()[1]));
    FjordException thrown = assertThrows(FjordException.class, solution::orThrow);
    assertEquals(ErrorKey.SOLVE_FAILED, thrown.key());
    assertEquals(status.message(), thrown.getMessage());
    assertFalse(status.message().contains("\n"));
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void valuesNotFiniteAreNamed(SolverMethod method) {
    OdeSystem system =
        TestSystems.of(
            3,
            (t, y, yDot) -> {
              yDot[0] = 1;
              yDot[1] = t > 0.5 ? Double.POSITIVE_INFINITY : 1;
              yDot[2] = t > 0.5 ? Double.NaN : 1;
            });
    Solution solution = new OdeSolver(config(method)).solve(system, 0, new double[3], 1);
    assertEquals(Outcome.NON_FINITE, solution.status().outcome());
    assertEquals(2, solution.status().component());
    double stopsWithin = method.isAdaptive() ? 1e-12 : 0.011;
    assertEquals(0.5, solution.time(), stopsWithin, "adaptive steps lead close to it");
    double rounding = method.isMultistep() ? 1e-8 : 1e-12; // of differences over short steps
    assertEquals(solution.time(), solution.state()[0], rounding, "the state is the one reached");
    assertTrue(solution.time() + solution.status().step() > 0.5, "the step led across");
  }

  /** y' = -y^3 from 1000: the first step makes the stages overflow, shorter ones do not. */
  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {
        "HIGHAM_HALL_54",
        "DORMAND_PRINCE_54",
        "DORMAND_PRINCE_853",
        "GRAGG_BULIRSCH_STOER",
        "ADAMS_BASHFORTH",
        "ADAMS_MOULTON"
      })
  void stepsThatOverflowAreRejected(SolverMethod method) {
    NeuralSystem counter = new NeuralSystem(32);
    OdeSystem system =
        TestSystems.of(
            1,
            (t, y, yDot) -> {
              counter.evaluations++;
              yDot[0] = -y[0] * y[0] * y[0];
            });
    SolverConfig config = SolverConfig.adaptive(method, 1e-8, 1e-8).withFirstStep(1);
    counter.evaluations = 0;
    Solution solution = new OdeSolver(config).solve(system, 0, new double[] {1e3}, 1).orThrow();
    double allowed = method == SolverMethod.ADAMS_BASHFORTH ? 1e-5 : 1e-7;
    assertEquals(1 / Math.sqrt(1e-6 + 2), solution.state()[0], allowed);
    assertTrue(solution.stats().rejectedSteps() > 1);
    assertEquals(counter.evaluations, solution.stats().evaluations());
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void initialStatesNotFiniteAreNamed(SolverMethod method) {
    double[] start = {1, Double.NEGATIVE_INFINITY};
    Solution solution = new OdeSolver(config(method)).solve(BLOW_UP, 0.25, start, 1);
    assertEquals(Outcome.NON_FINITE, solution.status().outcome());
    assertEquals(1, solution.status().component());
    assertEquals(0.25, solution.time());
    assertEquals(0, solution.stats().evaluations());
    assertArrayEquals(start, solution.state());
  }

  @Test
  void overflowOfTheStateIsNotFinite() {
    OdeSystem system = TestSystems.of(1, (t, y, yDot) -> yDot[0] = Double.MAX_VALUE);
    for (SolverMethod method : SolverMethod.values()) {
      Solution solution = new OdeSolver(config(method)).solve(system, 0, new double[1], 1e3);
      assertEquals(Outcome.NON_FINITE, solution.status().outcome(), method.id());
    }
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void whatIsNotFiniteIsToldWhereTheBudgetEndsToo(SolverMethod method) {
    if (method.isAdaptive()) {
      return; // goes on with a shorter step, for which nothing is left
    }
    int stages = method.tableau().solutionStages();
    for (int spoiled = 1; spoiled <= stages; spoiled++) {
      int budget = stages + spoiled;
      SolverConfig config = SolverConfig.fixed(method, 4).withMaxEvaluations(budget);
      int[] calls = new int[1];
      OdeSystem system =
          TestSystems.of(1, (t, y, yDot) -> yDot[0] = ++calls[0] < budget ? 1 : Double.NaN);
      Solution solution = new OdeSolver(config).solve(system, 0, new double[1], 1);
      SolveStatus status = solution.status();
      assertEquals(Outcome.NON_FINITE, status.outcome(), status.message());
      assertEquals(0.25, status.time(), 1e-15);
      assertEquals(budget, solution.stats().evaluations());
    }
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void aSpentBudgetReturnsTheStateReached(SolverMethod method) {
    NeuralSystem system = new NeuralSystem(31);
    int steps = 3;
    long beforehand = method.isAdaptive() ? 2 : 0;
    // Enough for three steps and a part of the fourth; for some where steps differ.
    int stages = method.hasTableau() ? method.tableau().solutionStages() : 0;
    long budget = stages == 0 ? 50 : beforehand + (long) steps * stages + stages / 2;
    SolverConfig config = config(method).withMaxEvaluations(budget);
    StepStore store = new StepStore();
    double[] start = {0.4, -0.7, 1.1};
    Solution solution = StepStore.solve(config, system, new Span(1, 40), start, store);
    assertEquals(Outcome.BUDGET_SPENT, solution.status().outcome());
    assertEquals(budget, solution.stats().evaluations());
    assertEquals(budget, system.evaluations);
    assertEquals(store.size(), solution.stats().acceptedSteps());
    if (method.hasTableau()) {
      assertEquals(steps, solution.stats().acceptedSteps() + solution.stats().rejectedSteps());
    }
    assertTrue(store.size() > 0);
    int last = store.size() - 1;
    assertEquals(1 + store.start(last) + store.length(last), solution.time(), 1e-15 * 40);
    assertTrue(solution.status().step() > 0);
    // The state reached is the solution there.
    SolverConfig tight = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-12, 1e-12);
    double[] exact = new OdeSolver(tight).solve(system, 1, start, solution.time()).state();
    double allowed = method.isAdaptive() ? 1e-4 : 1;
    assertTrue(TestSystems.distance(exact, solution.state()) < allowed);
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void exceptionsOfTheSystemPassThrough(SolverMethod method) {
    FjordException own = new FjordException(ErrorKey.UNSUPPORTED, "own");
    OdeSystem system =
        TestSystems.of(
            1,
            (t, y, yDot) -> {
              yDot[0] = 1;
              if (t > 0.5) {
                throw own;
              }
            });
    OdeSolver solver = new OdeSolver(config(method));
    assertSame(
        own, assertThrows(FjordException.class, () -> solver.solve(system, 0, new double[1], 1)));
  }

  @Test
  void wrongArgumentsAreRefused() {
    OdeSolver solver = new OdeSolver(config(SolverMethod.DORMAND_PRINCE_54));
    FjordException shape =
        assertThrows(FjordException.class, () -> solver.solve(BLOW_UP, 0, new double[3], 1));
    assertEquals(ErrorKey.SHAPE_MISMATCH, shape.key());
    for (double end : new double[] {Double.NaN, Double.POSITIVE_INFINITY}) {
      FjordException time =
          assertThrows(FjordException.class, () -> solver.solve(BLOW_UP, 0, new double[2], end));
      assertEquals(ErrorKey.INVALID_ARGUMENT, time.key());
    }
  }

  @Test
  void outputTimesEndWithTheFailure() {
    OdeSolver solver = new OdeSolver(config(SolverMethod.DORMAND_PRINCE_54));
    double[] times = {0.5, 2, 3};
    Trajectory trajectory = solver.solve(BLOW_UP, 0, new double[] {0, 1}, times);
    assertEquals(1, trajectory.states().length);
    assertEquals(Outcome.STEP_UNDERFLOW, trajectory.end().status().outcome());
    assertTrue(trajectory.end().time() > 0.5 && trajectory.end().time() < 2);
    FjordException thrown = assertThrows(FjordException.class, trajectory::orThrow);
    assertEquals(ErrorKey.SOLVE_FAILED, thrown.key());
  }

  private static SolverConfig config(SolverMethod method) {
    return method.isAdaptive()
        ? SolverConfig.adaptive(method, 1e-6, 1e-6)
        : SolverConfig.fixed(method, 100);
  }
}
