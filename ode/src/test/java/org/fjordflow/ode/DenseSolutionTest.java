package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.internal.step.Span;
import org.hipparchus.ode.ODEStateAndDerivative;
import org.hipparchus.ode.sampling.ODEStateInterpolator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Dense output converges between the steps at its order, and changes no step. */
class DenseSolutionTest {
  private static final double[] START = {1, 0.5};
  private static final double[] NEURAL_START = {0.4, -0.7, 1.1};

  /** The exact solution at a time. */
  @FunctionalInterface
  private interface Exact {
    double[] at(double t);
  }

  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = "GRAGG_BULIRSCH_STOER")
  void convergesAtItsOrderOnALinearSystem(SolverMethod method) {
    SpiralSystem system = new SpiralSystem(-0.2, 1.5);
    for (double end : new double[] {3, -2}) {
      assertOrder(method, system, START, end, t -> system.flow(t, START));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = "GRAGG_BULIRSCH_STOER")
  void convergesAtItsOrderOnANeuralField(SolverMethod method) {
    NeuralSystem system = new NeuralSystem(3);
    assertOrder(method, system, NEURAL_START, 3, fine(system, 3)::state);
  }

  private static void assertOrder(
      SolverMethod method, CountingSystem system, double[] start, double end, Exact exact) {
    int[] counts =
        switch (method.denseOrder()) {
          case 1 -> new int[] {400, 800, 1600};
          case 8 -> new int[] {16, 20, 24, 28};
          default -> new int[] {32, 48, 64, 96};
        };
    double[] steps = new double[counts.length];
    double[] errors = new double[counts.length];
    double[] slopeErrors = new double[counts.length];
    for (int i = 0; i < counts.length; i++) {
      double h = Math.abs(end) / counts[i];
      steps[i] = h;
      SolverConfig config =
          method.isAdaptive()
              ? SolverConfig.adaptive(method, 1e6, 1e6).withStepBounds(h, h).withFirstStep(h)
              : SolverConfig.fixed(method, counts[i]);
      DenseSolution dense = new OdeSolver(config).solveDense(system, 0, start, end);
      for (int j = 0; j < 8 * counts[i]; j++) {
        double t = (j + 0.5) * end / (8 * counts[i]);
        double[] state = exact.at(t);
        double[] slope = new double[start.length];
        system.field(t, state, slope);
        errors[i] = Math.max(errors[i], TestSystems.distance(state, dense.state(t)));
        slopeErrors[i] = Math.max(slopeErrors[i], TestSystems.distance(slope, dense.derivative(t)));
      }
    }
    double order = TestSystems.slope(steps, errors);
    assertEquals(method.denseOrder(), order, 0.3, method + ": " + Arrays.toString(errors));
    double slopeOrder = TestSystems.slope(steps, slopeErrors);
    assertTrue(
        slopeOrder > method.denseOrder() - 1.3, method + ": " + Arrays.toString(slopeErrors));
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void changesNoStepAndCountsEverything(SolverMethod method) {
    for (Span span : new Span[] {new Span(0.5, 4), new Span(1, -2)}) {
      NeuralSystem system = new NeuralSystem(3);
      OdeSolver solver = new OdeSolver(DiscreteAdjointTest.coarse(method));
      Solution plain = solver.solve(system, span.start(), NEURAL_START, span.end());
      system.evaluations = 0;
      DenseSolution dense = solver.solveDense(system, span.start(), NEURAL_START, span.end());
      SolveStats stats = dense.end().stats();
      assertArrayEquals(plain.state(), dense.end().state());
      assertEquals(system.evaluations, stats.evaluations());
      assertEquals(plain.stats().acceptedSteps(), stats.acceptedSteps());
      assertEquals(plain.stats().rejectedSteps(), stats.rejectedSteps());
      assertEquals(plain.stats().largestStep(), stats.largestStep());
      long further = method == SolverMethod.DORMAND_PRINCE_853 ? 3 * stats.acceptedSteps() : 0;
      assertEquals(plain.stats().evaluations() + further, stats.evaluations());
      double[] times = dense.stepTimes();
      assertEquals(stats.acceptedSteps() + 1, times.length);
      assertEquals(span.start(), times[0]);
      assertEquals(span.end(), times[times.length - 1]);
    }
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void passesThroughTheStepsContinuously(SolverMethod method) {
    for (Span span : new Span[] {new Span(0.5, 4), new Span(1, -2)}) {
      NeuralSystem system = new NeuralSystem(3);
      SolverConfig config = DiscreteAdjointTest.coarse(method);
      DenseSolution dense =
          new OdeSolver(config).solveDense(system, span.start(), NEURAL_START, span.end());
      assertArrayEquals(NEURAL_START, dense.state(span.start()));
      assertArrayEquals(dense.end().state(), dense.state(span.end()));
      StepStore steps = new StepStore();
      StepStore.solve(config, system, span, NEURAL_START, steps);
      double[] times = dense.stepTimes();
      // Adams' polynomials miss the starts of their steps by about the tolerance.
      double jump = method.isMultistep() ? 100 * DiscreteAdjointTest.COARSE : 1e-10;
      double exact = method.isMultistep() ? jump : 1e-13; // times round to both sides
      for (int n = 0; n < steps.size(); n++) {
        assertArrayEquals(steps.state(n), dense.state(times[n]), exact, "step " + n);
        double later = times[n] + span.direction() * 1e-12;
        assertArrayEquals(steps.state(n), dense.state(later), jump, "after step " + n);
        if (n > 0) {
          double earlier = times[n] - span.direction() * 1e-12;
          assertArrayEquals(steps.state(n), dense.state(earlier), 1e-10, "before step " + n);
        }
      }
      // At t0 and t1 the derivative is the field's, or as near as the method.
      double[] slope = new double[3];
      system.field(span.start(), NEURAL_START, slope);
      double allowed = method.isAdaptive() ? 1e-12 : 1;
      assertArrayEquals(slope, dense.derivative(span.start()), allowed);
      assertEquals(3, dense.derivative(span.end()).length);
      assertTrue(Arrays.stream(dense.derivative(span.end())).allMatch(Double::isFinite));
    }
  }

  /** The polynomials made of this library's stages are those of Hipparchus' own integrator. */
  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void isThatOfHipparchus(SolverMethod method) {
    for (Span span : new Span[] {new Span(0, 4), new Span(1, -2)}) {
      SolverConfig config =
          method.isAdaptive()
              ? SolverConfig.adaptive(method, 1e-4, 1e-4).withFirstStep(0.1)
              : SolverConfig.fixed(method, 16);
      NeuralSystem system = new NeuralSystem(3);
      HipparchusSteps own = HipparchusSteps.of(config, system, span, NEURAL_START);
      DenseSolution dense =
          new OdeSolver(config).solveDense(system, span.start(), NEURAL_START, span.end());
      for (ODEStateInterpolator step : own.interpolants()) {
        double start = step.getPreviousState().getTime();
        double length = step.getCurrentState().getTime() - start;
        for (int j = 1; j < 8; j++) {
          double s = start + j * length / 8;
          ODEStateAndDerivative at = step.getInterpolatedState(s);
          assertArrayEquals(at.getPrimaryState(), dense.state(span.time(s)), 1e-14);
          double[] slope = dense.derivative(span.time(s));
          for (int i = 0; i < slope.length; i++) {
            slope[i] *= span.direction();
          }
          assertArrayEquals(at.getPrimaryDerivative(), slope, 1e-12);
        }
      }
    }
  }

  /** The error between the steps is held in proportion to the tolerance as well. */
  @Test
  void extrapolationFollowsTheTolerance() {
    NeuralSystem system = new NeuralSystem(3);
    DenseSolution exact = fine(system, 3);
    for (int i = 3; i <= 11; i++) {
      double tolerance = Math.pow(10, -i);
      SolverConfig config =
          SolverConfig.adaptive(SolverMethod.GRAGG_BULIRSCH_STOER, tolerance, tolerance);
      DenseSolution dense = new OdeSolver(config).solveDense(system, 0, NEURAL_START, 3);
      double error = 0;
      for (int j = 0; j < 500; j++) {
        double t = 3 * (j + 0.5) / 500;
        error = Math.max(error, TestSystems.distance(exact.state(t), dense.state(t)));
      }
      assertTrue(error < 100 * tolerance, error + " at " + tolerance);
    }
  }

  @Test
  void timesOutsideAreRefused() {
    OdeSolver solver = new OdeSolver(SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 4));
    DenseSolution dense = solver.solveDense(new NeuralSystem(3), 1, NEURAL_START, -2);
    for (double t : new double[] {1.001, -2.001, Double.NaN, Double.NEGATIVE_INFINITY}) {
      assertRefused(() -> dense.state(t));
      assertRefused(() -> dense.derivative(t));
    }
  }

  @Test
  void failedSolvesGoAsFarAsTheyCame() {
    OdeSystem blowUp = TestSystems.of(1, (t, y, yDot) -> yDot[0] = y[0] * y[0]);
    OdeSolver solver =
        new OdeSolver(SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-8, 1e-8));
    DenseSolution dense = solver.solveDense(blowUp, 0, new double[] {1}, 2);
    assertEquals(Outcome.STEP_UNDERFLOW, dense.end().status().outcome());
    assertEquals(2, dense.state(0.5)[0], 1e-6);
    assertEquals(4, dense.derivative(0.5)[0], 1e-4);
    assertArrayEquals(dense.end().state(), dense.state(dense.end().time()));
    assertRefused(() -> dense.state(1.5));
  }

  /** The budget counts the evaluations that serve interpolation alone. */
  @Test
  void budgetsHoldForFurtherStages() {
    for (int budget = 20; budget < 45; budget++) {
      SolverConfig config =
          SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-8, 1e-8)
              .withMaxEvaluations(budget);
      NeuralSystem system = new NeuralSystem(3);
      DenseSolution dense = new OdeSolver(config).solveDense(system, 0, NEURAL_START, 9);
      assertEquals(Outcome.BUDGET_SPENT, dense.end().status().outcome());
      assertEquals(budget, system.evaluations);
      assertEquals(budget, dense.end().stats().evaluations());
      assertEquals(dense.end().stats().acceptedSteps() + 1, dense.stepTimes().length);
      assertArrayEquals(dense.end().state(), dense.state(dense.end().time()));
    }
  }

  @Test
  void emptyIntervalsHaveAStateAndNoDerivative() {
    OdeSolver solver = new OdeSolver(SolverConfig.fixed(SolverMethod.EULER, 4));
    DenseSolution dense = solver.solveDense(new NeuralSystem(3), 1, NEURAL_START, 1);
    assertArrayEquals(NEURAL_START, dense.state(1));
    assertArrayEquals(new double[] {1}, dense.stepTimes());
    assertRefused(() -> dense.derivative(1));
    assertRefused(() -> dense.state(1.5));
  }

  private static DenseSolution fine(NeuralSystem system, double end) {
    SolverConfig config =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-15, 1e-15)
            .withStepBounds(0, 0.01);
    return new OdeSolver(config).solveDense(system, 0, NEURAL_START, end);
  }

  private static void assertRefused(Runnable asking) {
    FjordException thrown = assertThrows(FjordException.class, asking::run);
    assertEquals(ErrorKey.INVALID_ARGUMENT, thrown.key());
  }
}
