package org.fjordflow.ode;

import java.util.Arrays;
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
