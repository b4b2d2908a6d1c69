package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Failures of a solve by parts are told as those of a solve by Hipparchus. */
class PartitionedFailureTest {

  /** Rows of one component. */
  private static final class Scalar extends CountingSystem {
    private final TestSystems.Field field;

    Scalar(TestSystems.Field field) {
      super(1, new double[0]);
      this.field = field;
    }

    @Override
    void field(double t, double[] y, double[] yDot) {
      field.derivatives(t, y, yDot);
    }

    @Override
    double pull(double t, double[] y, double[] cotangent, double[] yBar) {
      throw new UnsupportedOperationException();
    }

    @Override
    void pullParameters(double weight, double t, double[] y, double[] cotangent) {
      throw new UnsupportedOperationException();
    }
  }

  private static final TestSystems.Field BLOW_UP = (t, y, yDot) -> yDot[0] = y[0] * y[0];
  private static final TestSystems.Field SINGULAR =
      (t, y, yDot) -> yDot[0] = y[0] > 1.5 ? Double.NaN : y[0] > 1.4 ? 1 / 0.0 : 1;

  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void statusesAreTheSame(SolverMethod method) {
    SolverConfig config = config(method);
    double[] start = {0, 0.3, 1, 0.2, 0.1};
    for (TestSystems.Field field : new TestSystems.Field[] {BLOW_UP, SINGULAR}) {
      for (int parts = 1; parts <= 5; parts++) {
        RowParts system = RowParts.of(5, parts, () -> new Scalar(field));
        Solution expected = new OdeSolver(config).solve(system.plain(), 0, start, 2);
        Solution actual = new OdeSolver(config).solve(system, 0, start, 2);
        boolean succeeds = !method.isAdaptive() && field == BLOW_UP;
        assertTrue(succeeds || !actual.status().isSuccess());
        assertEquals(expected.status().outcome(), actual.status().outcome());
        assertEquals(expected.status().component(), actual.status().component());
        double relative = method.isAdaptive() ? 1e-5 : 1e-15;
        assertEquals(expected.time(), actual.time(), relative);
        if (parts == 1 || !method.isAdaptive()) {
          assertEquals(expected.status(), actual.status());
          assertArrayEquals(expected.state(), actual.state());
          assertEquals(expected.stats().evaluations(), actual.stats().evaluations());
          assertEquals(expected.stats().rejectedSteps(), actual.stats().rejectedSteps());
        }
        assertEquals(0, system.openInstants.get());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void spentBudgetsAreTheSame(SolverMethod method) {
    SolverConfig config = config(method);
    double[] start = {0.1, 0.3, 0.5, 0.2, 0.4};
    for (int budget = 1; budget < 40; budget++) {
      SolverConfig poor = config.withMaxEvaluations(budget);
      RowParts system = RowParts.of(5, 3, () -> new Scalar(BLOW_UP));
      Solution expected = new OdeSolver(poor).solve(system.plain(), 0, start, 1.9);
      Solution actual = new OdeSolver(poor).solve(system, 0, start, 1.9);
      assertEquals(Outcome.BUDGET_SPENT, actual.status().outcome());
      assertEquals(budget, actual.stats().evaluations());
      assertEquals(2, actual.status().component());
      assertEquals(expected.time(), actual.time(), 1e-12);
      assertEquals(expected.status().step(), actual.status().step(), 1e-9);
      assertEquals(expected.stats().acceptedSteps(), actual.stats().acceptedSteps());
      assertTrue(TestSystems.distance(expected.state(), actual.state()) < 1e-12);
    }
  }

  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void initialStatesNotFiniteAreNamed(SolverMethod method) {
    double[] start = {1, Double.NEGATIVE_INFINITY, 3, Double.NaN, Double.NaN};
    RowParts system = RowParts.of(5, 2, () -> new Scalar(BLOW_UP));
    Solution solution = new OdeSolver(config(method)).solve(system, 0.25, start, 1);
    assertEquals(Outcome.NON_FINITE, solution.status().outcome());
    assertEquals(3, solution.status().component());
    assertEquals(0.25, solution.time());
    assertEquals(0, solution.stats().evaluations());
    assertArrayEquals(start, solution.state());
  }

  /** y' = -y^3 from 1000 in one row: the first step overflows there alone. */
  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"HIGHAM_HALL_54", "DORMAND_PRINCE_54", "DORMAND_PRINCE_853"})
  void stepsThatOverflowAreRejected(SolverMethod method) {
    SolverConfig config = SolverConfig.adaptive(method, 1e-8, 1e-8).withFirstStep(1);
    double[] start = {1, 1e3, 0.5};
    for (int parts = 1; parts <= 3; parts++) {
      RowParts system =
          RowParts.of(3, parts, () -> new Scalar((t, y, yDot) -> yDot[0] = -y[0] * y[0] * y[0]));
      Solution expected = new OdeSolver(config).solve(system.plain(), 0, start, 1).orThrow();
      Solution actual = new OdeSolver(config).solve(system, 0, start, 1).orThrow();
      assertEquals(1 / Math.sqrt(1e-6 + 2), actual.state()[1], 1e-7);
      assertTrue(actual.stats().rejectedSteps() > 1);
      if (method != SolverMethod.DORMAND_PRINCE_853) {
        assertEquals(expected.stats().evaluations(), actual.stats().evaluations());
        assertTrue(TestSystems.distance(expected.state(), actual.state()) < 1e-13);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void exceptionsOfAPartPassThrough(SolverMethod method) {
    FjordException own = new FjordException(ErrorKey.UNSUPPORTED, "own");
    RowParts system =
        RowParts.of(
            3,
            3,
            () ->
                new Scalar(
                    (t, y, yDot) -> {
                      yDot[0] = 1;
                      if (t > 0.5) {
                        throw own;
                      }
                    }));
    OdeSolver solver = new OdeSolver(config(method));
    assertSame(
        own, assertThrows(FjordException.class, () -> solver.solve(system, 0, new double[3], 1)));
    assertEquals(0, system.openInstants.get());
  }

  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"HIGHAM_HALL_54", "DORMAND_PRINCE_54", "DORMAND_PRINCE_853"})
  void withoutAnAbsoluteToleranceZeroCannotBeLeft(SolverMethod method) {
    SolverConfig.ByTolerance config = SolverConfig.adaptive(method, 1e-4, 0);
    RowParts system = RowParts.of(3, 2, () -> new Scalar((t, y, yDot) -> yDot[0] = 1));
    for (SolverConfig each : new SolverConfig[] {config, config.withFirstStep(0.1)}) {
      double[] start = {0, 0, 0};
      Solution expected = new OdeSolver(each).solve(system.plain(), 0, start, 1);
      Solution actual = new OdeSolver(each).solve(system, 0, start, 1);
      assertEquals(expected.status().outcome(), actual.status().outcome());
      assertEquals(expected.time(), actual.time(), 1e-12);
    }
  }

  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void wrongShapesAreRefused(SolverMethod method) {
    RowParts system = RowParts.of(3, 3, () -> new Scalar(BLOW_UP));
    OdeSolver solver = new OdeSolver(config(method));
    FjordException shape =
        assertThrows(FjordException.class, () -> solver.solve(system, 0, new double[4], 1));
    assertEquals(ErrorKey.SHAPE_MISMATCH, shape.key());
  }

  private static SolverConfig config(SolverMethod method) {
    return method.isAdaptive()
        ? SolverConfig.adaptive(method, 1e-6, 1e-6)
        : SolverConfig.fixed(method, 100);
  }
}
