package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The error of every method falls with the step at the method's order. */
class ConvergenceOrderTest {
  private static final double TOLERANCE_OF_ORDER = 0.3;

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void onALinearSystemWithKnownExponential(SolverMethod method) {
    SpiralSystem system = new SpiralSystem(-0.2, 1.5);
    double[] start = {1, 0.5};
    assertOrder(method, system, start, 3, system.flow(3, start));
  }

  @ParameterizedTest
  @EnumSource(SolverMethod.class)
  void onANeuralField(SolverMethod method) {
    NeuralSystem system = new NeuralSystem(3);
    double[] start = {0.4, -0.7, 1.1};
    SolverConfig tight = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-15, 1e-15);
    double[] reference = new OdeSolver(tight).solve(system, 0, start, 3).orThrow().state();
    assertOrder(method, system, start, 3, reference);
  }

  @ParameterizedTest
  @EnumSource(
      value = SolverMethod.class,
      names = {"HIGHAM_HALL_54", "DORMAND_PRINCE_54", "DORMAND_PRINCE_853"})
  void adaptiveErrorsFollowTheTolerance(SolverMethod method) {
    SpiralSystem system = new SpiralSystem(-0.2, 1.5);
    double[] start = {1, 0.5};
    double[] exact = system.flow(10, start);
    double[] tolerances = new double[8];
    double[] errors = new double[8];
    for (int i = 0; i < errors.length; i++) {
      tolerances[i] = Math.pow(10, -3 - i);
      SolverConfig config = SolverConfig.adaptive(method, tolerances[i], tolerances[i]);
      Solution solution = new OdeSolver(config).solve(system, 0, start, 10).orThrow();
      errors[i] = TestSystems.distance(exact, solution.state());
      assertTrue(errors[i] < 100 * tolerances[i], method + " at " + tolerances[i]);
    }
    double slope = TestSystems.slope(tolerances, errors);
    assertEquals(1, slope, TOLERANCE_OF_ORDER, method + ": " + Arrays.toString(errors));
  }

  private static void assertOrder(
      SolverMethod method, OdeSystem system, double[] start, double end, double[] exact) {
    int[] counts =
        switch (method.order()) {
          case 1 -> new int[] {400, 800, 1600, 3200};
          case 2 -> new int[] {50, 100, 200, 400};
          case 4 -> new int[] {24, 48, 96, 192};
          case 5 -> new int[] {24, 32, 48, 64, 96};
          case 6 -> new int[] {16, 24, 32, 48};
          default -> new int[] {12, 14, 16, 18, 20};
        };
    double[] steps = new double[counts.length];
    double[] errors = new double[counts.length];
    for (int i = 0; i < counts.length; i++) {
      steps[i] = end / counts[i];
      SolverConfig config =
          method.isAdaptive()
              ? SolverConfig.adaptive(method, 1e6, 1e6)
                  .withStepBounds(steps[i], steps[i])
                  .withFirstStep(steps[i])
              : SolverConfig.fixed(method, counts[i]);
      Solution solution = new OdeSolver(config).solve(system, 0, start, end).orThrow();
      assertEquals(counts[i], (double) solution.stats().acceptedSteps(), 1);
      assertEquals(steps[i], solution.stats().largestStep(), 1e-12);
      errors[i] = TestSystems.distance(exact, solution.state());
    }
    double slope = TestSystems.slope(steps, errors);
    assertEquals(
        method.order(),
        slope,
        TOLERANCE_OF_ORDER,
        () -> method + ": errors " + Arrays.toString(errors));
  }
}
