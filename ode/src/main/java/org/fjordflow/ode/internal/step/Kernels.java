package org.fjordflow.ode.internal.step;

/** The loops over components, in forms that the JVM vectorises. */
public final class Kernels {
  private Kernels() {}

  public static void sum2(
      double[] target, int from, int to, double[] weights, double[] x0, double[] x1) {
    double w0 = weights[0];
    double w1 = weights[1];
    for (int d = from; d < to; d++) {
      target[d] = x0[d] * w0 + x1[d] * w1;
    }
  }

  public static void sum4(
      double[] target,
      int from,
      int to,
      double[] weights,
      double[] x0,
      double[] x1,
      double[] x2,
      double[] x3) {
    double w0 = weights[0];
    double w1 = weights[1];
    double w2 = weights[2];
    double w3 = weights[3];
    for (int d = from; d < to; d++) {
      target[d] = x0[d] * w0 + x1[d] * w1 + x2[d] * w2 + x3[d] * w3;
    }
  }

  public static void sum6(
      double[] target,
      int from,
      int to,
      double[] weights,
      double[] x0,
      double[] x1,
      double[] x2,
      double[] x3,
      double[] x4,
      double[] x5) {
    double w0 = weights[0];
    double w1 = weights[1];
    double w2 = weights[2];
    double w3 = weights[3];
    double w4 = weights[4];
    double w5 = weights[5];
    for (int d = from; d < to; d++) {
      target[d] = x0[d] * w0 + x1[d] * w1 + x2[d] * w2 + x3[d] * w3 + x4[d] * w4 + x5[d] * w5;
    }
  }

  /** Adds six more terms to a sum. */
  public static void more6(
      double[] target,
      int from,
      int to,
      double[] weights,
      int first,
      double[] x0,
      double[] x1,
      double[] x2,
      double[] x3,
      double[] x4,
      double[] x5) {
    double w0 = weights[first];
    double w1 = weights[first + 1];
    double w2 = weights[first + 2];
    double w3 = weights[first + 3];
    double w4 = weights[first + 4];
    double w5 = weights[first + 5];
    for (int d = from; d < to; d++) {
      target[d] =
          target[d] + x0[d] * w0 + x1[d] * w1 + x2[d] * w2 + x3[d] * w3 + x4[d] * w4 + x5[d] * w5;
    }
  }

  public static void step2(
      double[] target,
      double[] base,
      double h,
      int from,
      int to,
      double[] weights,
      double[] x0,
      double[] x1) {
    double w0 = weights[0];
    double w1 = weights[1];
    for (int d = from; d < to; d++) {
      target[d] = base[d] + h * (x0[d] * w0 + x1[d] * w1);
    }
  }

  public static void step4(
      double[] target,
      double[] base,
      double h,
      int from,
      int to,
      double[] weights,
      double[] x0,
      double[] x1,
      double[] x2,
      double[] x3) {
    double w0 = weights[0];
    double w1 = weights[1];
    double w2 = weights[2];
    double w3 = weights[3];
    for (int d = from; d < to; d++) {
      target[d] = base[d] + h * (x0[d] * w0 + x1[d] * w1 + x2[d] * w2 + x3[d] * w3);
    }
  }

  public static void step6(
      double[] target,
      double[] base,
      double h,
      int from,
      int to,
      double[] weights,
      double[] x0,
      double[] x1,
      double[] x2,
      double[] x3,
      double[] x4,
      double[] x5) {
    double w0 = weights[0];
    double w1 = weights[1];
    double w2 = weights[2];
    double w3 = weights[3];
    double w4 = weights[4];
    double w5 = weights[5];
    for (int d = from; d < to; d++) {
      double sum = x0[d] * w0 + x1[d] * w1 + x2[d] * w2 + x3[d] * w3 + x4[d] * w4 + x5[d] * w5;
      target[d] = base[d] + h * sum;
    }
  }

  /** Adds six more terms to a sum, the last ones, and makes the step. */
  public static void stepMore6(
      double[] target,
      double[] base,
      double h,
      int from,
      int to,
      double[] weights,
      int first,
      double[] x0,
      double[] x1,
      double[] x2,
      double[] x3,
      double[] x4,
      double[] x5) {
    double w0 = weights[first];
    double w1 = weights[first + 1];
    double w2 = weights[first + 2];
    double w3 = weights[first + 3];
    double w4 = weights[first + 4];
    double w5 = weights[first + 5];
    for (int d = from; d < to; d++) {
      double sum =
          target[d] + x0[d] * w0 + x1[d] * w1 + x2[d] * w2 + x3[d] * w3 + x4[d] * w4 + x5[d] * w5;
      target[d] = base[d] + h * sum;
    }
  }

  /** Multiplies with a factor for each component, and adds a base. */
  static void addScaled(double[] target, double[] base, double[] h, int from, int to) {
    for (int d = from; d < to; d++) {
      target[d] = base[d] + h[d] * target[d];
    }
  }

  /** Returns whether all values are finite: zero times anything else is not a number. */
  public static boolean finite(double[] x, int from, int to) {
    double sum0 = 0;
    double sum1 = 0;
    double sum2 = 0;
    double sum3 = 0;
    int d = from;
    for (; d < to - 3; d += 4) {
      sum0 += 0 * x[d];
      sum1 += 0 * x[d + 1];
      sum2 += 0 * x[d + 2];
      sum3 += 0 * x[d + 3];
    }
    for (; d < to; d++) {
      sum0 += 0 * x[d];
    }
    return sum0 + sum1 + sum2 + sum3 == 0;
  }

  /** Turns errors into squares of errors in units of the tolerance. */
  public static void squareRatios(
      double[] errors,
      double h,
      double[] start,
      double[] end,
      double atol,
      double rtol,
      int from,
      int to) {
    for (int d = from; d < to; d++) {
      double tolerance = atol + rtol * Math.max(Math.abs(start[d]), Math.abs(end[d]));
      double ratio = h * errors[d] / tolerance;
      errors[d] = ratio * ratio;
    }
  }

  /** The same with a factor and tolerances for each component. */
  static void squareRatios(
      double[] errors,
      double[] h,
      double[] start,
      double[] end,
      double[] atol,
      double[] rtol,
      int from,
      int to) {
    for (int d = from; d < to; d++) {
      double tolerance = atol[d] + rtol[d] * Math.max(Math.abs(start[d]), Math.abs(end[d]));
      double ratio = h[d] * errors[d] / tolerance;
      errors[d] = ratio * ratio;
    }
  }

  /** Returns the sum of squares of x in units of the tolerance at y. */
  public static double squares(double[] x, double[] y, double atol, double rtol, int from, int to) {
    double sum = 0;
    for (int d = from; d < to; d++) {
      double ratio = x[d] / (atol + rtol * Math.abs(y[d]));
      sum += ratio * ratio;
    }
    return sum;
  }

  /** Returns the sum of squares of a difference. */
  public static double squaredDistance(double[] x, double[] y, int from, int to) {
    double sum0 = 0;
    double sum1 = 0;
    int d = from;
    for (; d < to - 1; d += 2) {
      double even = x[d] - y[d];
      double odd = x[d + 1] - y[d + 1];
      sum0 += even * even;
      sum1 += odd * odd;
    }
    if (d < to) {
      sum0 += (x[d] - y[d]) * (x[d] - y[d]);
    }
    return sum0 + sum1;
  }

  /** Returns a sum and the values added to it, from the left. */
  public static double addAll(double sum, double[] x, int from, int to) {
    double total = sum;
    for (int d = from; d < to; d++) {
      total += x[d];
    }
    return total;
  }
}
