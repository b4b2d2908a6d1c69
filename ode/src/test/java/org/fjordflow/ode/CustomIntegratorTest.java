package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.internal.adjoint.Cotangents;
import org.fjordflow.ode.internal.step.Span;
import org.hipparchus.ode.ODEIntegrator;
import org.hipparchus.ode.nonstiff.ClassicalRungeKuttaIntegrator;
import org.hipparchus.ode.nonstiff.HighamHall54Integrator;
import org.junit.jupiter.api.Test;

/** Integrators of Hipparchus with settings of the user's own. */
class CustomIntegratorTest {
  private static final double[] START = {1.25, -0.5};

  private static HighamHall54Integrator highamHall() {
    HighamHall54Integrator integrator = new HighamHall54Integrator(1e-12, 0.5, 1e-10, 1e-10);
    integrator.setSafety(0.8);
    integrator.setMaxGrowth(3);
    integrator.setInitialStepSize(0.01);
    return integrator;
  }

  private static final SolverConfig HIGHAM_HALL =
      SolverConfig.integrator(5, CustomIntegratorTest::highamHall);

  private static final SolverConfig RK4 =
      SolverConfig.integrator(4, () -> new ClassicalRungeKuttaIntegrator(1e-3));

  @Test
  void solvesInBothDirectionsThroughOutputTimesAndDensely() {
    for (SolverConfig config : List.of(HIGHAM_HALL, RK4)) {
      for (double end : new double[] {2, -1.5}) {
        SpiralSystem system = new SpiralSystem(-0.3, 1.7);
        OdeSolver solver = new OdeSolver(config);
        Solution solution = solver.solve(system, 0, START, end).orThrow();
        assertArrayEquals(system.flow(end, START), solution.state(), 1e-8);
        assertEquals(system.evaluations, solution.stats().evaluations());
        assertEquals(SolveStats.Stepper.HIPPARCHUS, solution.stats().stepper());
        Trajectory trajectory =
            solver.solve(system, 0, START, new double[] {end / 3, end}).orThrow();
        assertArrayEquals(system.flow(end / 3, START), trajectory.states()[0], 1e-8);
        DenseSolution dense = solver.solveDense(system, 0, START, end);
        assertArrayEquals(system.flow(0.4 * end, START), dense.state(0.4 * end), 1e-7);
      }
    }
  }

  @Test
  void findsEvents() {
    OdeSystem line = TestSystems.of(1, (t, y, yDot) -> yDot[0] = 2);
    Event level = Event.stopping("level", (t, y) -> y[0] - 1);
    Solution stopped =
        new OdeSolver(HIGHAM_HALL).solve(line, 0, new double[1], 3, List.of(level)).solution();
    assertEquals(Outcome.STOPPED_BY_EVENT, stopped.status().outcome());
    assertEquals(0.5, stopped.time(), 1e-9);
  }

  @Test
  void givesGradientsOfTheClosedForm() {
    for (SolverConfig config : List.of(HIGHAM_HALL, RK4)) {
      for (Span span : new Span[] {new Span(0, 1), new Span(0.5, -0.75)}) {
        SpiralSystem system = new SpiralSystem(-0.3, 1.7);
        double[] cotangent = {0.75, 2};
        AdjointGradient gradient =
            new ContinuousAdjoint()
                .forward(config, system, span.start(), START, span.end())
                .backward(cotangent);
        double time = span.end() - span.start();
        double[] end = system.flow(time, START);
        assertArrayEquals(
            system.transposedFlow(time, cotangent), gradient.initialState(), 1e-8, "state");
        double[] parameters = {
          time * Cotangents.dot(cotangent, end),
          time * (cotangent[1] * end[0] - cotangent[0] * end[1])
        };
        assertArrayEquals(parameters, system.gradient, 1e-8, "parameters");
      }
    }
  }

  @Test
  void failuresAreStatuses() {
    OdeSystem blowUp = TestSystems.of(1, (t, y, yDot) -> yDot[0] = y[0] * y[0]);
    Solution underflow = new OdeSolver(HIGHAM_HALL).solve(blowUp, 0, new double[] {1}, 2);
    assertEquals(Outcome.STEP_UNDERFLOW, underflow.status().outcome());
    assertEquals(1, underflow.time(), 1e-3);
    Supplier<ODEIntegrator> poor =
        () -> {
          HighamHall54Integrator integrator = highamHall();
          integrator.setMaxEvaluations(20);
          return integrator;
        };
    SolverConfig own = SolverConfig.integrator(5, poor);
    for (SolverConfig config : List.of(own, HIGHAM_HALL.withMaxEvaluations(20))) {
      Solution spent = new OdeSolver(config).solve(new SpiralSystem(-0.3, 1.7), 0, START, 9);
      assertEquals(Outcome.BUDGET_SPENT, spent.status().outcome());
      assertTrue(spent.time() > 0);
    }
    OdeSystem ends = TestSystems.of(1, (t, y, yDot) -> yDot[0] = t > 0.5 ? Double.NaN : 1);
    for (SolverConfig config : List.of(HIGHAM_HALL, RK4)) {
      Solution notFinite = new OdeSolver(config).solve(ends, 0, new double[1], 1);
      assertEquals(Outcome.NON_FINITE, notFinite.status().outcome());
      assertEquals(0.5, notFinite.time(), 0.01);
    }
  }

  @Test
  void theDiscreteAdjointRefusesThem() {
    FjordException refused =
        assertThrows(
            FjordException.class, () -> new DiscreteAdjoint().requireSupports(HIGHAM_HALL));
    assertEquals(ErrorKey.INVALID_CONFIGURATION, refused.key());
    assertTrue(String.valueOf(refused.getMessage()).contains("Higham-Hall"), refused.getMessage());
    assertThrows(
        FjordException.class, () -> SolverConfig.integrator(0, CustomIntegratorTest::highamHall));
  }
}
