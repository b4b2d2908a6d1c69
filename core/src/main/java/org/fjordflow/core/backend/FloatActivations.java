package org.fjordflow.core.backend;

import java.util.Arrays;

/**
 * Activations in single precision, branch-free and with one output a loop: C2 vectorises no loop
 * that stores to two arrays. All are built on one rational approximation of tanh, accurate to 4e-7.
 * The absolute error of values other than swish is below 5e-7 max(1, |value|); swish multiplies
 * that of the logistic by x, and derivatives are products of such values: below 3e-6. The relative
 * error of tails that vanish (sigmoid of a large negative number) is not controlled.
 */
final class FloatActivations {

  /** Large enough that its square times the smallest subnormal float exceeds one. */
  private static final float HUGE = 1e38f;

  private FloatActivations() {}

  static void apply(Elementwise f, float[] x, float[] y, float[] d1, float[] d2, int n) {
    switch (f) {
      case IDENTITY -> identity(x, y, d1, d2, n);
      case TANH -> tanh(x, y, d1, d2, n);
      case SIGMOID -> sigmoid(x, y, d1, d2, n);
      case SOFTPLUS -> softplus(x, y, d1, d2, n);
      case ELU -> elu(x, y, d1, d2, n);
      case SWISH -> swish(x, y, d1, d2, n);
      case RELU -> relu(x, y, d1, d2, n);
      case SQUARE -> square(x, y, d1, d2, n);
      case EXP, LOG, RECIPROCAL, SQRT, SIN, COS -> general(f, x, y, d1, d2, n);
    }
  }

  private static float clamp(float x) {
    return Math.max(-7.905311f, Math.min(7.905311f, x));
  }

  /**
   * tanh as an odd rational function of degree 13/6 on |x| below 7.9, where it rounds to one
   * beyond. Coefficients: Eigen, generic_fast_tanh_float. NaN goes through.
   */
  private static float tanh(float value) {
    float x = clamp(value);
    return numerator(x) / denominator(x * x);
  }

  /** Of tanh, for x within its bounds. */
  private static float numerator(float x) {
    float s = x * x;
    float p = -2.7607684e-16f;
    p = p * s + 2.000188e-13f;
    p = p * s + -8.604672e-11f;
    p = p * s + 5.1222973e-8f;
    p = p * s + 1.48572235e-5f;
    p = p * s + 6.3726195e-4f;
    p = p * s + 4.8935246e-3f;
    return x * p;
  }

  /** Of tanh, for the square of x. */
  private static float denominator(float s) {
    float q = 1.1982584e-6f;
    q = q * s + 1.1853471e-4f;
    q = q * s + 2.2684347e-3f;
    return q * s + 4.893525e-3f;
  }

  /** One where x is positive, zero where not. */
  private static float step(float x) {
    return Math.min(1f, Math.max(0f, x * HUGE * HUGE));
  }

  private static void identity(float[] x, float[] y, float[] d1, float[] d2, int n) {
    System.arraycopy(x, 0, y, 0, n);
    Arrays.fill(d1, 0, n, 1f);
    Arrays.fill(d2, 0, n, 0f);
  }

  private static void tanh(float[] x, float[] y, float[] d1, float[] d2, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = tanh(x[i]);
    }
    for (int i = 0; i < n; i++) {
      d1[i] = 1 - y[i] * y[i];
    }
    for (int i = 0; i < n; i++) {
      d2[i] = -2 * y[i] * d1[i];
    }
  }

  private static void logistic(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = 0.5f + 0.5f * tanh(0.5f * x[i]);
    }
  }

  private static void sigmoid(float[] x, float[] y, float[] d1, float[] d2, int n) {
    logistic(x, y, n);
    for (int i = 0; i < n; i++) {
      d1[i] = y[i] * (1 - y[i]);
    }
    for (int i = 0; i < n; i++) {
      d2[i] = d1[i] * (1 - 2 * y[i]);
    }
  }

  private static void softplus(float[] x, float[] y, float[] d1, float[] d2, int n) {
    logistic(x, d1, n);
    // Short loops: C2 does not unroll, and so does not vectorise, one that holds all of this.
    for (int i = 0; i < n; i++) {
      // With t = tanh(|x| / 2), exp(-|x|) = (1 - t) / (1 + t), and log1p(e) = 2 atanh(e / (2 + e)),
      // of which e / (2 + e) = (1 - t) / (3 + t).
      float t = Math.abs(2 * d1[i] - 1);
      d2[i] = (1 - t) / (3 + t);
    }
    for (int i = 0; i < n; i++) {
      float s = d2[i];
      float s2 = s * s;
      float p = 1f / 15;
      p = p * s2 + 1f / 13;
      p = p * s2 + 1f / 11;
      p = p * s2 + 1f / 9;
      p = p * s2 + 1f / 7;
      p = p * s2 + 1f / 5;
      p = p * s2 + 1f / 3;
      p = p * s2 + 1f;
      y[i] = Math.max(x[i], 0f) + 2 * s * p;
    }
    for (int i = 0; i < n; i++) {
      d2[i] = d1[i] * (1 - d1[i]);
    }
  }

  private static void elu(float[] x, float[] y, float[] d1, float[] d2, int n) {
    for (int i = 0; i < n; i++) {
      // expm1(v) = 2 t / (1 - t) with t = tanh(v / 2) = p / q: no cancellation for negative v.
      float v = clamp(0.5f * Math.min(x[i], 0f));
      float p = numerator(v);
      y[i] = Math.max(x[i], 0f) + 2 * p / (denominator(v * v) - p);
    }
    for (int i = 0; i < n; i++) {
      d1[i] = 1 + Math.min(y[i], 0f);
    }
    for (int i = 0; i < n; i++) {
      d2[i] = d1[i] * (1 - step(y[i]));
    }
  }

  private static void swish(float[] x, float[] y, float[] d1, float[] d2, int n) {
    // d1 holds the sigmoid until the value is known, since y may be x.
    logistic(x, d1, n);
    for (int i = 0; i < n; i++) {
      d2[i] = d1[i] * (1 - d1[i]) * (2 + x[i] * (1 - 2 * d1[i]));
    }
    for (int i = 0; i < n; i++) {
      y[i] = x[i] * d1[i];
    }
    for (int i = 0; i < n; i++) {
      d1[i] = d1[i] + y[i] * (1 - d1[i]);
    }
  }

  private static void relu(float[] x, float[] y, float[] d1, float[] d2, int n) {
    for (int i = 0; i < n; i++) {
      d1[i] = step(x[i]);
    }
    for (int i = 0; i < n; i++) {
      d2[i] = 0 * d1[i];
    }
    for (int i = 0; i < n; i++) {
      y[i] = Math.max(x[i], 0f);
    }
  }

  private static void square(float[] x, float[] y, float[] d1, float[] d2, int n) {
    Arrays.fill(d2, 0, n, 2f);
    for (int i = 0; i < n; i++) {
      d1[i] = 2 * x[i];
    }
    for (int i = 0; i < n; i++) {
      y[i] = x[i] * x[i];
    }
  }

  private static void general(Elementwise f, float[] x, float[] y, float[] d1, float[] d2, int n) {
    for (int i = 0; i < n; i++) {
      double v = x[i];
      y[i] = (float) f.value(v);
      d1[i] = (float) f.first(v);
      d2[i] = (float) f.second(v);
    }
  }
}
