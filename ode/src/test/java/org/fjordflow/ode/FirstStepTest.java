package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import org.fjordflow.ode.internal.step.ErrorEstimate;
import org.fjordflow.ode.internal.step.MeasuredGroups;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepRows;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The length of the first step, where none is given. */
class FirstStepTest {

  /** A field of one component in each of many. */
  private record Same(int dimension, Field field) implements OdeSystem {
    interface Field {
      double slope(double t, double y);
    }

    @Override
    public void derivatives(double t, double[] y, double[] yDot) {
      for (int d = 0; d < y.length; d++) {
        yDot[d] = field.slope(t, y[d]);
      }
    }
  }

  private static StepStore steps(SolverConfig config, OdeSystem system, double y0, double end) {
    double[] start = new double[system.dimension()];
    Arrays.fill(start, y0);
    StepStore store = new StepStore();
    StepStore.solve(config, system, new Span(0, end), start, store).orThrow();
    return store;
  }

  /** What the estimate assumes of the 5(4) methods: a tenth of Taylor's term for y' = y. */
  @ParameterizedTest
  @EnumSource(names = {"DORMAND_PRINCE_54", "HIGHAM_HALL_54"})
  void errorEstimateIsATenthOfTheTermOfItsOrder(SolverMethod method) {
    StepRows rows = new StepRows(method);
    double[][] slopes = new double[rows.lastStage() + 1][1];
    double h = 1e-2;
    for (int i = 0; i < slopes.length; i++) {
      double[] at = {1};
      if (i > 0) {
        rows.state(i).step(new double[] {1}, h, slopes, at);
      }
      slopes[i][0] = at[0];
    }
    MeasuredGroups measured =
        MeasuredGroups.of(
            SolverConfig.adaptive(method, 0, 1), 1, List.of(new OdeSystem.Group("y", 1)));
    double[] sums = new double[2];
    double[] one = {1};
    ErrorEstimate estimate = ErrorEstimate.of(method);
    MeasuredGroups.Range[] ranges = measured.whole();
    estimate.measure(measured, ranges, h, slopes, one, one, new double[1], new double[1], sums);
    double term = Math.pow(h, 5) / 120;
    assertEquals(0.1, measured.norm(estimate, sums, h) / term, 0.01);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 1000})
  void isAboutAsLongAsTheNextWhateverTheNumberOfComponents(int dimension) {
    for (SolverMethod method : TestSystems.rungeKuttaMethods().toList()) {
      for (double rate : new double[] {-40, -1, 3}) {
        for (double tolerance = 1e-3; method.isAdaptive() && tolerance > 1e-10; tolerance /= 10) {
          SolverConfig config = SolverConfig.adaptive(method, tolerance, tolerance);
          OdeSystem system = new Same(dimension, (t, y) -> rate * y);
          StepStore steps = steps(config, system, 1, 4 / Math.abs(rate));
          double ratio = steps.length(1) / steps.length(0);
          String what = method + ", rate " + rate + ", tolerance " + tolerance + ": " + ratio;
          assertTrue(steps.size() < 3 || (ratio > 0.5 && ratio < 3), what);
        }
      }
    }
  }

  @Test
  void isNoMoreThanHalfOfTheInterval() {
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-5, 1e-5);
    OdeSystem system = new Same(3, (t, y) -> Math.cos(t) - y);
    assertEquals(2, steps(config, system, 2, 0.2).size());
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-5, 1e-6, 1e-8})
  void aStraightStartSaysNothingOfWhatComesLater(double tolerance) {
    for (SolverMethod method : TestSystems.rungeKuttaMethods().toList()) {
      if (method.isAdaptive()) {
        SolverConfig config = SolverConfig.adaptive(method, tolerance, tolerance);
        // The integral of (1 - u^2)^2 from -1 to 1 is 16 / 15.
        OdeSystem bump = new Same(1, (t, y) -> 1 + bump((t - 0.55) / 0.24));
        double[] end = new OdeSolver(config).solve(bump, 0, new double[] {1}, 1).state();
        assertEquals(2 + 2.4 * 16 / 15, end[0], 1e-2, method.id());
      }
    }
  }

  private static double bump(double u) {
    return Math.abs(u) < 1 ? 10 * Math.pow(1 - u * u, 2) : 0;
  }

  @Test
  void aTrialThatIsNotFiniteCostsFewSteps() {
    SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, 1e-6, 1e-6);
    // Not a number from 1.01 on, which the trial goes beyond; the solution stays below.
    OdeSystem system = new Same(2, (t, y) -> 100 * Math.sqrt(1.01 - y));
    double[] start = {1, 1};
    Solution end = new OdeSolver(config).solve(system, 0, start, 1e-3).orThrow();
    double root = Math.sqrt(0.01) - 50 * 1e-3;
    assertEquals(1.01 - root * root, end.state()[0], 1e-5);
    assertTrue(end.stats().evaluations() < 60, end.stats().toString());
  }

  @Test
  void aDerivativeThatIsConstantOrZeroIsNoReasonForNoStep() {
    for (double slope : new double[] {0, 1e-30, 1, 1e30}) {
      for (double y0 : new double[] {0, 1e-30, 1}) {
        SolverConfig config = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-6, 1e-6);
        OdeSystem system = new Same(1, (t, y) -> slope);
        double[] end = new OdeSolver(config).solve(system, 0, new double[] {y0}, 1).state();
        assertEquals(y0 + slope, end[0], 1e-12 * (y0 + slope));
      }
    }
  }
}
