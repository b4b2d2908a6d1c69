package org.fjordflow.ode.internal.problems;

import java.util.ArrayList;
import java.util.List;

/**
 * The 25 problems of DETEST: T. E. Hull, W. H. Enright, B. M. Fellen, A. E. Sedgwick: Comparing
 * numerical methods for ordinary differential equations, SIAM J. Numer. Anal. 9 (1972), in five
 * classes of five, over t from 0 to 20, not scaled.
 */
final class Detest {
  static final double END = 20;

  private static final String SOURCE = "DETEST, Hull, Enright, Fellen and Sedgwick 1972";

  private Detest() {}

  static List<InitialValueProblem> problems() {
    List<InitialValueProblem> all = new ArrayList<>();
    all.addAll(singleEquations());
    all.addAll(DetestSystems.small());
    all.addAll(DetestSystems.moderate());
    all.addAll(orbits());
    all.addAll(higherOrder());
    return all;
  }

  static InitialValueProblem problem(String name, RightHandSide formula, double... start) {
    return InitialValueProblem.of(name, SOURCE, END, start, formula);
  }

  /** Class A: single equations. */
  private static List<InitialValueProblem> singleEquations() {
    return List.of(
        problem("A1", (t, y, f) -> f[0] = -y[0], 1),
        problem("A2", (t, y, f) -> f[0] = -0.5 * y[0] * y[0] * y[0], 1),
        problem("A3", (t, y, f) -> f[0] = y[0] * Math.cos(t), 1),
        problem("A4", (t, y, f) -> f[0] = 0.25 * y[0] * (1 - y[0] / 20), 1),
        problem("A5", (t, y, f) -> f[0] = (y[0] - t) / (y[0] + t), 4));
  }

  /** Class D: two bodies, with eccentricities 0.1 to 0.9. State: position, velocity. */
  private static List<InitialValueProblem> orbits() {
    List<InitialValueProblem> orbits = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      double eccentricity = (2 * i - 1) / 10.0;
      double speed = Math.sqrt((1 + eccentricity) / (1 - eccentricity));
      orbits.add(problem("D" + i, Detest::orbit, 1 - eccentricity, 0, 0, speed));
    }
    return orbits;
  }

  private static void orbit(double t, double[] y, double[] f) {
    double radius = Math.hypot(y[0], y[1]);
    double cube = radius * radius * radius;
    f[0] = y[2];
    f[1] = y[3];
    f[2] = -y[0] / cube;
    f[3] = -y[1] / cube;
  }

  /** Class E: equations of second order. State: value, derivative. */
  private static List<InitialValueProblem> higherOrder() {
    // Bessel's function of order 1/2 and its derivative, at 1.
    double scale = Math.sqrt(2 / Math.PI);
    double value = scale * Math.sin(1);
    double derivative = scale * (Math.cos(1) - 0.5 * Math.sin(1));
    return List.of(
        problem(
            "E1",
            second((t, y, v) -> -(v / (t + 1) + (1 - 0.25 / ((t + 1) * (t + 1))) * y)),
            value,
            derivative),
        problem("E2", second((t, y, v) -> (1 - y * y) * v - y), 2, 0),
        problem("E3", second((t, y, v) -> y * y * y / 6 - y + 2 * Math.sin(2.78535 * t)), 0, 0),
        problem("E4", second((t, y, v) -> 0.032 - 0.4 * v * v), 30, 0),
        problem("E5", second((t, y, v) -> Math.sqrt(1 + v * v) / (25 - t)), 0, 0));
  }

  /** The second derivative of a scalar. */
  @FunctionalInterface
  private interface Acceleration {
    double at(double t, double value, double velocity);
  }

  private static RightHandSide second(Acceleration acceleration) {
    return (t, y, f) -> {
      f[0] = y[1];
      f[1] = acceleration.at(t, y[0], y[1]);
    };
  }
}
