package org.fjordflow.ode.internal.problems;

import java.util.HashMap;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import org.hipparchus.special.elliptic.jacobi.CopolarN;
import org.hipparchus.special.elliptic.jacobi.JacobiEllipticBuilder;

/** End states of DETEST's problems at t = 20, from formulas that no solver has a part in. */
final class ClosedForms {
  private static final double T = Detest.END;

  private ClosedForms() {}

  static Map<String, double[]> endStates() {
    Map<String, double[]> states = new HashMap<>();
    states.put("A1", new double[] {Math.exp(-T)});
    states.put("A2", new double[] {1 / Math.sqrt(T + 1)});
    states.put("A3", new double[] {Math.exp(Math.sin(T))});
    states.put("A4", new double[] {20 / (1 + 19 * Math.exp(-T / 4))});
    states.put("A5", new double[] {spiral()});
    // Eigenvalues 0, -1 and -3 with eigenvectors (1, 1, 1), (1, 0, -1) and (1, -2, 1).
    double slow = 0.5 * Math.exp(-T);
    double fast = 0.5 * Math.exp(-3 * T);
    states.put("B2", new double[] {1 + slow + fast, 1 - 2 * fast, 1 - slow + fast});
    double radius = 2 + Math.cos(T);
    states.put("B4", new double[] {radius * Math.cos(T), radius * Math.sin(T), Math.sin(T)});
    CopolarN jacobi = JacobiEllipticBuilder.build(0.51).valuesN(T);
    states.put("B5", new double[] {jacobi.sn(), jacobi.cn(), jacobi.dn()});
    states.put("C1", decayChain());
    states.put("C2", fasterDecayChain());
    states.put("C3", heat(10));
    states.put("C4", heat(51));
    for (int i = 1; i <= 5; i++) {
      states.put("D" + i, ellipse((2 * i - 1) / 10.0));
    }
    double x = T + 1;
    double scale = Math.sqrt(2 / (Math.PI * x));
    states.put(
        "E1", new double[] {scale * Math.sin(x), scale * (Math.cos(x) - Math.sin(x) / (2 * x))});
    double rate = Math.sqrt(0.032 * 0.4);
    states.put(
        "E4",
        new double[] {30 + Math.log(Math.cosh(rate * T)) / 0.4, rate / 0.4 * Math.tanh(rate * T)});
    double left = (25 - T) / 25;
    states.put(
        "E5",
        new double[] {-12.5 * (Math.log(left) + (1 - left * left) / 2), (1 / left - left) / 2});
    return states;
  }

  /** On a logarithmic spiral: log of the radius plus the angle stays what it was. */
  private static double spiral() {
    DoubleUnaryOperator invariant = y -> 0.5 * Math.log(T * T + y * y) + Math.atan2(y, T);
    return root(y -> invariant.applyAsDouble(y) - Math.log(4) - Math.PI / 2, -10, 10);
  }

  private static double root(DoubleUnaryOperator rising, double low, double high) {
    double from = low;
    double to = high;
    for (int i = 0; i < 200; i++) {
      double middle = 0.5 * (from + to);
      if (rising.applyAsDouble(middle) < 0) {
        from = middle;
      } else {
        to = middle;
      }
    }
    return from;
  }

  private static double[] decayChain() {
    double[] state = new double[10];
    double term = Math.exp(-T);
    state[9] = 1;
    for (int i = 0; i < 9; i++) {
      state[i] = term;
      state[9] -= term;
      term *= T / (i + 1);
    }
    return state;
  }

  private static double[] fasterDecayChain() {
    double[] state = new double[10];
    for (int i = 0; i < 9; i++) {
      state[i] = Math.exp(-T) * Math.pow(1 - Math.exp(-T), i);
    }
    state[9] = Math.pow(1 - Math.exp(-T), 9);
    return state;
  }

  private static double[] heat(int n) {
    double[] state = new double[n];
    for (int k = 1; k <= n; k++) {
      double angle = k * Math.PI / (n + 1);
      double half = Math.sin(angle / 2);
      for (int i = 0; i < n; i++) {
        state[i] +=
            2.0
                / (n + 1)
                * Math.sin(angle)
                * Math.sin((i + 1) * angle)
                * Math.exp(-4 * half * half * T);
      }
    }
    return state;
  }

  /** Kepler's equation. */
  private static double[] ellipse(double eccentricity) {
    double u = root(v -> v - eccentricity * Math.sin(v) - T, 0, 2 * T);
    double minor = Math.sqrt(1 - eccentricity * eccentricity);
    double speed = 1 / (1 - eccentricity * Math.cos(u));
    return new double[] {
      Math.cos(u) - eccentricity,
      minor * Math.sin(u),
      -Math.sin(u) * speed,
      minor * Math.cos(u) * speed
    };
  }
}
