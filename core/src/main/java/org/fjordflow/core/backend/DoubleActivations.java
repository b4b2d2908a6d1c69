package org.fjordflow.core.backend;

import java.util.Arrays;
import org.fjordflow.core.backend.internal.Exponentials;

/**
 * Activations in double precision, branch-free and with one output a loop as in {@link
 * FloatActivations}, built on {@link Exponentials}.
 *
 * <p>Accuracy, absolute up to one and relative above: 6e-16 for values and first derivatives,
 * 1.2e-15 for second ones. Values and first derivatives of sigmoid, all of softplus, the value of
 * tanh and the first derivative of elu are within 6e-16 relatively, as far as exponentials are
 * normal numbers (arguments within 708). What is left to {@link Elementwise} is as accurate as
 * that.
 *
 * <p>Derivatives up to the wanted order are computed; arrays of higher ones are scratch.
 */
final class DoubleActivations {

  /** Large enough that its square times the smallest subnormal double exceeds one. */
  private static final double HUGE = 1e300;

  private static final double LARGEST = Exponentials.LARGEST;

  private final Exponentials exponentials = new Exponentials();
  private double[] spare = new double[Lanes.TILE];

  /**
   * Computes f and its derivatives of the first n elements.
   *
   * @param f the function
   * @param x arguments. Not modified unless it is y.
   * @param y f(x); may be x. Modified.
   * @param d1 f'(x) if wanted. Modified.
   * @param d2 f''(x) if wanted. Modified.
   * @param order how many derivatives are wanted
   * @param n how many elements
   */
  void apply(Elementwise f, double[] x, double[] y, double[] d1, double[] d2, int order, int n) {
    switch (f) {
      case IDENTITY -> identity(x, y, d1, d2, order, n);
      case TANH -> tanh(x, y, d1, d2, order, n);
      case SIGMOID -> sigmoid(x, y, d1, d2, order, n);
      case SOFTPLUS -> softplus(x, y, d1, d2, order, n);
      case ELU -> elu(x, y, d1, d2, order, n);
      case SWISH -> swish(x, y, d1, d2, order, n);
      case RELU -> relu(x, y, d1, d2, order, n);
      case SQUARE -> square(x, y, d1, d2, order, n);
      case EXP, LOG, RECIPROCAL, SQRT, SIN, COS -> general(f, x, y, d1, d2, order, n);
    }
  }

  /** One where x is positive, zero where not. */
  private static double step(double x) {
    return Math.min(1, Math.max(0, x * HUGE * HUGE));
  }

  private static void identity(double[] x, double[] y, double[] d1, double[] d2, int order, int n) {
    if (x != y) {
      System.arraycopy(x, 0, y, 0, n);
    }
    if (order > 0) {
      Arrays.fill(d1, 0, n, 1);
    }
    if (order > 1) {
      Arrays.fill(d2, 0, n, 0);
    }
  }

  /** t = e / (e + 2) with e = exp(2 x) - 1 = 2^n p + (2^n - 1), accurate for small x too. */
  private void tanh(double[] x, double[] y, double[] d1, double[] d2, int order, int n) {
    for (int i = 0; i < n; i++) {
      d1[i] = Math.max(-40, Math.min(40, 2 * x[i]));
    }
    exponentials.split(d1, d2, n);
    for (int i = 0; i < n; i++) {
      double e = d1[i] * d2[i] + (d2[i] - 1);
      y[i] = e / (e + 2);
    }
    if (order > 0) {
      for (int i = 0; i < n; i++) {
        d1[i] = 1 - y[i] * y[i];
      }
    }
    if (order > 1) {
      for (int i = 0; i < n; i++) {
        d2[i] = -2 * y[i] * d1[i];
      }
    }
  }

  /** d1 = sigmoid(x), d2 = sigmoid(-x). */
  private void logistic(double[] x, double[] d1, double[] d2, int n) {
    for (int i = 0; i < n; i++) {
      d1[i] = Math.max(-LARGEST, Math.min(LARGEST, -x[i]));
    }
    exponentials.split(d1, d2, n);
    for (int i = 0; i < n; i++) {
      d2[i] = d2[i] + d2[i] * d1[i];
    }
    for (int i = 0; i < n; i++) {
      d1[i] = 1 / (1 + d2[i]);
    }
    for (int i = 0; i < n; i++) {
      d2[i] = d2[i] * d1[i];
    }
  }

  private void sigmoid(double[] x, double[] y, double[] d1, double[] d2, int order, int n) {
    logistic(x, d1, d2, n);
    System.arraycopy(d1, 0, y, 0, n);
    if (order > 0) {
      for (int i = 0; i < n; i++) {
        d1[i] = y[i] * d2[i];
      }
    }
    if (order > 1) {
      for (int i = 0; i < n; i++) {
        d2[i] = d1[i] * (d2[i] - y[i]);
      }
    }
  }

  /**
   * max(x, 0) + log(1 + exp(-|x|)), of which with m = sigmoid(-|x|) the second term is -log(1 - m)
   * = 2 atanh(m / (2 - m)).
   */
  private void softplus(double[] x, double[] y, double[] d1, double[] d2, int order, int n) {
    logistic(x, d1, d2, n);
    for (int i = 0; i < n; i++) {
      double m = Math.min(d1[i], d2[i]);
      double s = m / (2 - m);
      double z = s * s;
      // (atanh(s) / s - 1) / z on z <= 1 / 9, near the best polynomial, error 5e-18.
      double w = 0.08082022805971766;
      w = Math.fma(w, z, 0.04400369243072337);
      w = Math.fma(w, z, 0.06000536404795356);
      w = Math.fma(w, z, 0.06657072104827468);
      w = Math.fma(w, z, 0.07692785032479312);
      w = Math.fma(w, z, 0.09090894718066429);
      w = Math.fma(w, z, 0.11111111358713932);
      w = Math.fma(w, z, 0.1428571428355438);
      w = Math.fma(w, z, 0.20000000000007292);
      w = Math.fma(w, z, 0.3333333333333333);
      y[i] = Math.max(x[i], 0) + 2 * (s + s * z * w);
    }
    if (order > 1) {
      for (int i = 0; i < n; i++) {
        d2[i] = d1[i] * d2[i];
      }
    }
  }

  private void elu(double[] x, double[] y, double[] d1, double[] d2, int order, int n) {
    for (int i = 0; i < n; i++) {
      d1[i] = Math.max(-LARGEST, Math.min(0, x[i]));
    }
    exponentials.split(d1, d2, n);
    for (int i = 0; i < n; i++) {
      y[i] = Math.max(x[i], 0) + (d1[i] * d2[i] + (d2[i] - 1));
    }
    if (order > 0) {
      for (int i = 0; i < n; i++) {
        d1[i] = d2[i] + d1[i] * d2[i];
      }
    }
    if (order > 1) {
      for (int i = 0; i < n; i++) {
        d2[i] = d1[i] * (1 - step(y[i]));
      }
    }
  }

  private void swish(double[] x, double[] y, double[] d1, double[] d2, int order, int n) {
    logistic(x, d1, d2, n);
    if (spare.length < n) {
      spare = new double[n];
    }
    double[] sigmoid = spare;
    System.arraycopy(d1, 0, sigmoid, 0, n);
    if (order > 0) {
      for (int i = 0; i < n; i++) {
        double v = Math.max(-LARGEST, Math.min(LARGEST, x[i]));
        d1[i] = sigmoid[i] * (1 + v * d2[i]);
      }
    }
    if (order > 1) {
      for (int i = 0; i < n; i++) {
        double v = Math.max(-LARGEST, Math.min(LARGEST, x[i]));
        d2[i] = sigmoid[i] * d2[i] * (2 + v * (d2[i] - sigmoid[i]));
      }
    }
    for (int i = 0; i < n; i++) {
      y[i] = Math.max(-LARGEST, x[i]) * sigmoid[i];
    }
  }

  private static void relu(double[] x, double[] y, double[] d1, double[] d2, int order, int n) {
    if (order > 0) {
      for (int i = 0; i < n; i++) {
        d1[i] = step(x[i]);
      }
    }
    if (order > 1) {
      for (int i = 0; i < n; i++) {
        d2[i] = 0 * d1[i];
      }
    }
    for (int i = 0; i < n; i++) {
      y[i] = Math.max(x[i], 0);
    }
  }

  private static void square(double[] x, double[] y, double[] d1, double[] d2, int order, int n) {
    if (order > 1) {
      Arrays.fill(d2, 0, n, 2);
    }
    if (order > 0) {
      for (int i = 0; i < n; i++) {
        d1[i] = 2 * x[i];
      }
    }
    for (int i = 0; i < n; i++) {
      y[i] = x[i] * x[i];
    }
  }

  private static void general(
      Elementwise f, double[] x, double[] y, double[] d1, double[] d2, int order, int n) {
    for (int i = 0; i < n; i++) {
      double v = x[i];
      y[i] = f.value(v);
      if (order > 0) {
        d1[i] = f.first(v);
      }
      if (order > 1) {
        d2[i] = f.second(v);
      }
    }
  }
}
