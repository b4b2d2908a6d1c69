package org.fjordflow.core.backend;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;

/**
 * Activations in double precision, branch-free and with one output a loop as in {@link
 * FloatActivations}, built on an exponential by reduction of the argument: exp(x) = 2^n exp(r) with
 * |r| at most log(2) / 2.
 *
 * <p>C2 of JDK 17 vectorises neither conversions between long and double nor {@link
 * Double#longBitsToDouble}; copying a tile through a buffer that is seen as both costs a tenth of a
 * division.
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

  private static final double LOG2_E = 0x1.71547652b82fep0;

  /** log 2 in two parts (fdlibm): n times the first is exact for |n| below 2^20. */
  private static final double LN2_HIGH = 0x1.62e42feep-1;

  private static final double LN2_LOW = 0x1.a39ef35793c76p-33;

  /**
   * Added to a number below 2^50, it rounds it to a whole n and leaves n + 1023, the exponent field
   * of 2^n, in the lowest bits.
   */
  private static final double ROUND = 0x1.8p52 + 1023;

  /** Beyond, exponentials are flushed to zero: round(-x / log 2) is -1023, whose field is 0. */
  private static final double LARGEST = 709.3;

  private final DoubleBuffer doubles;
  private final LongBuffer longs;
  private final long[] bits = new long[Lanes.TILE];
  private double[] spare = new double[Lanes.TILE];

  DoubleActivations() {
    ByteBuffer bytes =
        ByteBuffer.allocate(Lanes.TILE * Double.BYTES).order(ByteOrder.nativeOrder());
    doubles = bytes.asDoubleBuffer();
    longs = bytes.asLongBuffer();
  }

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

  /**
   * Splits exponentials: on return exp(r) = 2^n (1 + p) with p = expm1 of what is left of r.
   *
   * @param r arguments, within the bounds of {@link #LARGEST}; p on return. Modified.
   * @param power 2^n. Modified.
   * @param n how many elements
   */
  private void exponential(double[] r, double[] power, int n) {
    for (int i = 0; i < n; i++) {
      power[i] = r[i] * LOG2_E + ROUND;
    }
    for (int i = 0; i < n; i++) {
      double whole = power[i] - ROUND;
      double v = (r[i] - whole * LN2_HIGH) - whole * LN2_LOW;
      // (exp(v) - 1 - v) / v^2 on |v| <= log(2) / 2, near the best polynomial, error 4e-17.
      double q = 2.5100472505694996e-08;
      q = Math.fma(q, v, 2.7620201591031547e-07);
      q = Math.fma(q, v, 2.7557268276905696e-06);
      q = Math.fma(q, v, 2.4801521057868204e-05);
      q = Math.fma(q, v, 0.00019841269863171557);
      q = Math.fma(q, v, 0.0013888888917367081);
      q = Math.fma(q, v, 0.008333333333330039);
      q = Math.fma(q, v, 0.041666666666623824);
      q = Math.fma(q, v, 0.16666666666666669);
      q = Math.fma(q, v, 0.5000000000000001);
      r[i] = v + v * v * q;
    }
    for (int from = 0; from < n; from += bits.length) {
      powers(power, from, Math.min(bits.length, n - from));
    }
  }

  /** Moves the lowest bits of numbers into their exponents. */
  private void powers(double[] power, int from, int n) {
    doubles.put(0, power, from, n);
    longs.get(0, bits, 0, n);
    for (int i = 0; i < n; i++) {
      bits[i] <<= 52;
    }
    longs.put(0, bits, 0, n);
    doubles.get(0, power, from, n);
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
    exponential(d1, d2, n);
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
    exponential(d1, d2, n);
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
    exponential(d1, d2, n);
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
