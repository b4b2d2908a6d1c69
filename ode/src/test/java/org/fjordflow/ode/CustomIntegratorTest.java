package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.internal.adjoint.Cotangents;
import org.fjordflow.ode.internal.step.Span;
import org.hipparchus.analysis.UnivariateFunction;
import org.hipparchus.analysis.solvers.BracketedUnivariateSolver;
import org.hipparchus.analysis.solvers.BracketingNthOrderBrentSolver;
import org.hipparchus.ode.ExpandableODE;
import org.hipparchus.ode.ODEIntegrator;
import org.hipparchus.ode.ODEState;
import org.hipparchus.ode.ODEStateAndDerivative;
import org.hipparchus.ode.events.Action;
import org.hipparchus.ode.events.AdaptableInterval;
import org.hipparchus.ode.events.ODEEventDetector;
import org.hipparchus.ode.events.ODEEventHandler;
import org.hipparchus.ode.nonstiff.ClassicalRungeKuttaIntegrator;
import org.hipparchus.ode.nonstiff.HighamHall54Integrator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

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
    for (int order : new int[] {0, SolverConfig.MAXIMAL_ORDER + 1, 2000}) {
      assertRefused(
          () -> SolverConfig.integrator(order, CustomIntegratorTest::highamHall), "order");
    }
  }

  @Test
  void theLargestOrderHasAGradient() {
    SolverConfig config =
        SolverConfig.integrator(SolverConfig.MAXIMAL_ORDER, CustomIntegratorTest::highamHall);
    SpiralSystem system = new SpiralSystem(-0.3, 1.7);
    double[] cotangent = {0.75, 2};
    AdjointGradient gradient =
        new ContinuousAdjoint().forward(config, system, 0, START, 1).backward(cotangent);
    assertArrayEquals(system.transposedFlow(1, cotangent), gradient.initialState(), 1e-8);
  }

  @Test
  @SuppressWarnings("NullAway") // what plain Java code may pass
  void refusesNoIntegrator() {
    assertRefused(() -> SolverConfig.integrator(5, null), "supplier");
    SolverConfig none = SolverConfig.integrator(5, () -> null);
    assertRefused(none::name, "null");
    assertRefused(() -> solve(none), "null");
  }

  /** One that stops halfway would be a success with another time's state. */
  @Test
  void refusesDetectorsAndHandlers() {
    for (Action action : new Action[] {Action.STOP, Action.RESET_STATE, Action.CONTINUE}) {
      SolverConfig detects =
          brought(integrator -> integrator.addEventDetector(new Halfway(action)));
      assertRefused(() -> solve(detects), "event detectors");
      assertRefused(
          () -> new ContinuousAdjoint().forward(detects, new SpiralSystem(-0.3, 1.7), 0, START, 1),
          "Event");
    }
    SolverConfig stepEnds =
        brought(integrator -> integrator.addStepEndHandler((state, isForward) -> Action.STOP));
    assertRefused(() -> solve(stepEnds), "step end handlers");
    SolverConfig watches = brought(integrator -> integrator.addStepHandler(interpolator -> {}));
    assertRefused(() -> solve(watches), "step handlers");
  }

  @Test
  void refusesAnIntegratorForTwoSolves() {
    HighamHall54Integrator shared = highamHall();
    SolverConfig config = SolverConfig.integrator(5, () -> shared);
    SpiralSystem system = new SpiralSystem(-0.3, 1.7);
    assertArrayEquals(system.flow(1, START), solve(config).orThrow().state(), 1e-8);
    assertRefused(() -> solve(config), "new integrator each time");
    HighamHall54Integrator other = highamHall();
    Recording recording =
        new ContinuousAdjoint()
            .forward(SolverConfig.integrator(5, () -> other), system, 0, START, 1);
    assertRefused(() -> recording.backward(START), "new integrator each time");
    // And within a solve by it.
    HighamHall54Integrator outer = highamHall();
    SolverConfig nested = SolverConfig.integrator(5, () -> outer);
    OdeSystem solves =
        TestSystems.of(2, (t, y, yDot) -> yDot[0] = t > 0.5 ? solve(nested).state()[0] : 1);
    assertRefused(
        () -> new OdeSolver(nested).solve(solves, 0, START, 1), "new integrator each time");
  }

  @Test
  void refusesAnIntegratorThatEndsEarly() {
    SolverConfig config = SolverConfig.integrator(5, Half::new);
    assertRefused(() -> solve(config), "t = 0.5");
    assertRefused(
        () -> new OdeSolver(config).solve(new SpiralSystem(-0.3, 1.7), 3, START, 2), "t = 2.5");
  }

  @Test
  void tolerancesByComponentNeedTheComponentsOfTheState() {
    double[] three = {1e-10, 1e-10, 1e-10};
    SolverConfig config =
        SolverConfig.integrator(5, () -> new HighamHall54Integrator(1e-12, 0.5, three, three));
    assertRefused(() -> solve(config), "2 components");
    double[] two = {1e-10, 1e-10};
    SolverConfig fits =
        SolverConfig.integrator(5, () -> new HighamHall54Integrator(1e-12, 0.5, two, two));
    SpiralSystem system = new SpiralSystem(-0.3, 1.7);
    Recording recording = new ContinuousAdjoint().forward(fits, system, 0, START, 1);
    assertArrayEquals(system.flow(1, START), recording.solution().state(), 1e-8);
    assertRefused(() -> recording.backward(START), "twice the components");
  }

  private static Solution solve(SolverConfig config) {
    return new OdeSolver(config).solve(new SpiralSystem(-0.3, 1.7), 0, START, 1);
  }

  private static SolverConfig brought(Consumer<ODEIntegrator> change) {
    return SolverConfig.integrator(
        5,
        () -> {
          HighamHall54Integrator integrator = highamHall();
          change.accept(integrator);
          return integrator;
        });
  }

  private static void assertRefused(Executable run, String part) {
    FjordException refused = assertThrows(FjordException.class, run);
    assertEquals(ErrorKey.INVALID_CONFIGURATION, refused.key());
    assertTrue(String.valueOf(refused.getMessage()).contains(part), refused.getMessage());
  }

  /** Solves half of what it is asked for. */
  private static final class Half extends HighamHall54Integrator {
    Half() {
      super(1e-12, 0.5, 1e-10, 1e-10);
    }

    @Override
    public ODEStateAndDerivative integrate(ExpandableODE field, ODEState start, double end) {
      return super.integrate(field, start, end / 2);
    }
  }

  /** Is met at 0.5. */
  private record Halfway(Action action) implements ODEEventDetector {
    @Override
    public AdaptableInterval getMaxCheckInterval() {
      return (state, isForward) -> 0.1;
    }

    @Override
    public int getMaxIterationCount() {
      return 100;
    }

    @Override
    public BracketedUnivariateSolver<UnivariateFunction> getSolver() {
      return new BracketingNthOrderBrentSolver(0, 1e-9, 0, 5);
    }

    @Override
    public ODEEventHandler getHandler() {
      return (state, detector, increasing) -> action;
    }

    @Override
    public double g(ODEStateAndDerivative state) {
      return state.getTime() - 0.5;
    }
  }
}
