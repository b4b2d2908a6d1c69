package org.fjordflow.ode;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Systems and configurations that several tests use. */
final class TestSystems {
  private TestSystems() {}

  /** A right-hand side. */
  @FunctionalInterface
  interface Field {
    void derivatives(double t, double[] y, double[] yDot);
  }

  static OdeSystem of(int dimension, Field field) {
    return new OdeSystem() {
      @Override
      public int dimension() {
        return dimension;
      }

      @Override
      public void derivatives(double t, double[] y, double[] yDot) {
        field.derivatives(t, y, yDot);
      }
    };
  }

  /** Solves with the real Hipparchus, for comparisons. */
  static Solution hipparchus(
      SolverConfig config, OdeSystem system, double t0, double[] y0, double t1) {
    return OdeSolver.solve(config, StageField.of(system), new Span(t0, t1), y0, null);
  }

  /** Returns what makes steps of a method. */
  static List<Stepper> steppers(SolverMethod method) {
    return method.hasTableau()
        ? List.of(Stepper.PARTS, Stepper.HIPPARCHUS)
        : List.of(Stepper.HIPPARCHUS);
  }

  /** Solves with one of the two steppers. */
  static Solution solve(
      Stepper stepper, SolverConfig config, OdeSystem system, double t0, double[] y0, double t1) {
    Solution solution =
        stepper == Stepper.HIPPARCHUS
            ? hipparchus(config, system, t0, y0, t1)
            : new OdeSolver(config).solve(system, t0, y0, t1);
    assertEquals(stepper, solution.stats().stepper());
    return solution;
  }

  /** Returns the methods that have a tableau. */
  static Stream<SolverMethod> rungeKuttaMethods() {
    return Arrays.stream(SolverMethod.values()).filter(SolverMethod::hasTableau);
  }

  /** A configuration that solves a smooth problem of length near 1 to {@link #accuracy}. */
  static SolverConfig accurate(SolverMethod method) {
    return method.isAdaptive()
        ? SolverConfig.adaptive(method, 1e-11, 1e-11)
        : SolverConfig.fixed(method, method.order() == 1 ? 20_000 : 1000);
  }

  static double accuracy(SolverMethod method) {
    if (method == SolverMethod.ADAMS_BASHFORTH) {
      return 1e-8;
    }
    return switch (method.order()) {
      case 1 -> 1e-3;
      case 2 -> 1e-4;
      case 4 -> 1e-10;
      default -> 1e-9;
    };
  }

  /** Returns the largest difference of two vectors. */
  static double distance(double[] x, double[] y) {
    double largest = 0;
    for (int i = 0; i < x.length; i++) {
      largest = Math.max(largest, Math.abs(x[i] - y[i]));
    }
    return largest;
  }

  /** Returns the slope of the least-squares line through (log x, log y). */
  static double slope(double[] x, double[] y) {
    double meanX = 0;
    double meanY = 0;
    for (int i = 0; i < x.length; i++) {
      meanX += Math.log(x[i]) / x.length;
      meanY += Math.log(y[i]) / x.length;
    }
    double products = 0;
    double squares = 0;
    for (int i = 0; i < x.length; i++) {
      products += (Math.log(x[i]) - meanX) * (Math.log(y[i]) - meanY);
      squares += (Math.log(x[i]) - meanX) * (Math.log(x[i]) - meanX);
    }
    return products / squares;
  }
}
