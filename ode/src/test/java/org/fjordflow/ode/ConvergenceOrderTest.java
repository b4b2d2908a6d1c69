package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The error of every method falls with the step at the method's order. */
class ConvergenceOrderTest {
  private static final double TOLERANCE_OF_ORDER = 0.3;

  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void onALinearSystemWithKnownExponential(SolverMethod method) {
    SpiralSystem system = new SpiralSystem(-0.2, 1.5);
    double[] start = {1, 0.5};
    assertOrder(method, system, start, 3, system.flow(3, start));
  }

  @ParameterizedTest
  @MethodSource("org.fjordflow.ode.TestSystems#rungeKuttaMethods")
  void onANeuralField(SolverMethod method) {
    NeuralSystem system = new NeuralSystem(3);
    double[] start = {0.4, -0.7, 1.1};
    assertOrder(method, system, start, 3, reference(system, start, 3));
  }

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
  void adaptiveErrorsFollowTheTolerance(SolverMethod method) {
    SpiralSystem system = new SpiralSystem(-0.2, 1.5);
    double[] start = {1, 0.5};
    double[] exact = system.flow(10, start);
    double[] tolerances = new double[method.isMultistep() ? 5 : 8];
    double[] errors = new double[tolerances.length];
    for (int i = 0; i < errors.length; i++) {
      // At looser tolerances stability holds the steps of multistep methods down.
      tolerances[i] = Math.pow(10, (method.isMultistep() ? -6 : -3) - i);
      SolverConfig config = SolverConfig.adaptive(method, tolerances[i], tolerances[i]);
      Solution solution = new OdeSolver(config).solve(system, 0, start, 10).orThrow();
      errors[i] = TestSystems.distance(exact, solution.state());
      // Adams and Bashforth's error estimate is too small.
      double allowed = method == SolverMethod.ADAMS_BASHFORTH ? 1000 : 100;
      assertTrue(errors[i] < allowed * tolerances[i], method + " at " + tolerances[i]);
    }
    double slope = TestSystems.slope(tolerances, errors);
    assertEquals(1, slope, TOLERANCE_OF_ORDER, method + ": " + Arrays.toString(errors));
  }

  static Stream<SolverConfig.Multistep> multistepMethods() {
    return Stream.of(SolverMethod.ADAMS_BASHFORTH, SolverMethod.ADAMS_MOULTON)
        .flatMap(
            method ->
                IntStream.rangeClosed(2, 6)
                    .mapToObj(steps -> SolverConfig.multistep(method, steps, 1e6, 1e6)));
  }

  /** With bounds that leave one length of a step; k derivatives have order k. */
  @ParameterizedTest
  @MethodSource("multistepMethods")
  void ofMultistepMethodsIsTheNumberOfPreviousSteps(SolverConfig config) {
    SpiralSystem spiral = new SpiralSystem(-0.2, 1.5);
    double[] start = {1, 0.5};
    int[] counts = {48, 64, 96, 128, 192};
    assertOrder(config, counts, spiral, start, 3, spiral.flow(3, start));
    NeuralSystem neural = new NeuralSystem(3);
    double[] neuralStart = {0.4, -0.7, 1.1};
    int[] more = {96, 128, 192, 256};
    assertOrder(config, more, neural, neuralStart, 3, reference(neural, neuralStart, 3));
  }

  /**
   * Its order is not fixed but grows as the tolerance falls: the error follows the tolerance, as
   * tested above, and evaluations grow less than with any order p, where they are multiplied by
   * 10^(1/p) for a tenth of the error.
   */
  @Test
  void ofExtrapolationGrowsWithTheAccuracy() {
    SpiralSystem spiral = new SpiralSystem(-0.2, 1.5);
    double[] start = {1, 0.5};
    assertGrowingOrder(spiral, start, spiral.flow(10, start));
    NeuralSystem neural = new NeuralSystem(3);
    double[] neuralStart = {0.4, -0.7, 1.1};
    assertGrowingOrder(neural, neuralStart, reference(neural, neuralStart, 10));
  }

  private static void assertGrowingOrder(OdeSystem system, double[] start, double[] exact) {
    double[] orders = new double[2];
    for (int half = 0; half < 2; half++) {
      double[] evaluations = new double[5];
      double[] errors = new double[5];
      for (int i = 0; i < 5; i++) {
        double tolerance = Math.pow(10, -3 - 4 * half - i);
        SolverConfig config =
            SolverConfig.adaptive(SolverMethod.GRAGG_BULIRSCH_STOER, tolerance, tolerance);
        Solution solution = new OdeSolver(config).solve(system, 0, start, 10).orThrow();
        evaluations[i] = solution.stats().evaluations();
        errors[i] = TestSystems.distance(exact, solution.state());
      }
      orders[half] = -TestSystems.slope(evaluations, errors);
    }
    assertTrue(orders[0] > 6 && orders[1] > 10, Arrays.toString(orders));
  }

  private static double[] reference(OdeSystem system, double[] start, double end) {
    SolverConfig tight = SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, 1e-15, 1e-15);
    return new OdeSolver(tight).solve(system, 0, start, end).orThrow().state();
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
    SolverConfig config =
        method.isAdaptive()
            ? SolverConfig.adaptive(method, 1e6, 1e6)
            : SolverConfig.fixed(method, 1);
    assertOrder(config, counts, system, start, end, exact);
  }

  private static void assertOrder(
      SolverConfig method,
      int[] counts,
      OdeSystem system,
      double[] start,
      double end,
      double[] exact) {
    double[] steps = new double[counts.length];
    double[] errors = new double[counts.length];
    for (int i = 0; i < counts.length; i++) {
      steps[i] = end / counts[i];
      SolverConfig config =
          method instanceof SolverConfig.ByTolerance adaptive
              ? adaptive.withStepBounds(steps[i], steps[i]).withFirstStep(steps[i])
              : SolverConfig.fixed(((SolverConfig.Fixed) method).method(), counts[i]);
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
