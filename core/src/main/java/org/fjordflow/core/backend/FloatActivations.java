package org.fjordflow.core.backend;

import java.util.Arrays;

/**
 * Activations in single precision, branch-free and with one output a loop: C2 vectorises no loop
 * that stores to two arrays, and none that holds more than some fifty operations. All are built on
 * one rational approximation of tanh.
 *
 * <p>Accuracy, absolute up to one and relative above: 3.2e-7 for values, 5e-7 for first and 1e-6
 * for second derivatives; 2.5e-6 for all of swish, which multiplies errors of the logistic by x.
 * The relative error of tails that vanish (sigmoid of a large negative number) is not controlled.
 *
 * <p>Polynomials are evaluated with {@link Math#fma}, which makes an activation a fifth faster. It
 * gives the same bits on every machine, but is very slow on processors without such an instruction
 * (x86 before 2013).
 */
final class FloatActivations {

  /** Large enough that its square times the smallest subnormal float exceeds one. */
  private static final float HUGE = 1e38f;

  /**
   * The least number whose tanh is computed as one: nothing exceeds one below, and the true value
   * here is 2.4e-7 less.
   */
  private static final float SATURATION = 7.9684825f;

  private FloatActivations() {}

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
  static void apply(Elementwise f, float[] x, float[] y, float[] d1, float[] d2, int order, int n) {
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

  private static float clamp(float x) {
    return Math.max(-SATURATION, Math.min(SATURATION, x));
  }

  /**
   * tanh as x P(x^2) / Q(x^2), both of degree 4, up to where it rounds to one: relative error 2e-8
   * before rounding. Coefficients: weighted least squares iterated to equal ripples (Lawson's
   * algorithm on Loeb's linearised problem). NaN goes through.
   */
  private static float tanh(float value) {
    float x = clamp(value);
    float s = x * x;
    return x * numerator(s) / denominator(s);
  }

  /** P of tanh. */
  private static float numerator(float s) {
    float p = 1.3354642e-8f;
    p = Math.fma(p, s, 2.0609066e-5f);
    p = Math.fma(p, s, 0.003495587f);
    p = Math.fma(p, s, 0.13381025f);
    return Math.fma(p, s, 1f);
  }

  /** Q of tanh. */
  private static float denominator(float s) {
    float q = 7.776549e-7f;
    q = Math.fma(q, s, 0.0003285633f);
    q = Math.fma(q, s, 0.025876978f);
    q = Math.fma(q, s, 0.46714342f);
    return Math.fma(q, s, 1);
  }

  /**
   * x = exp(x - most), of differences that are not positive: (q + p) / (q - p) where tanh of half
   * of it is p / q; the error is 1e-7.
   */
  static void expUpToOne(float[] x, float[] most, int n) {
    for (int i = 0; i < n; i++) {
      float v = Math.max(-SATURATION, 0.5f * (x[i] - most[i]));
      float s = v * v;
      float p = v * numerator(s);
      float q = denominator(s);
      x[i] = Math.max(0f, (q + p) / (q - p));
    }
  }

  /** One where x is positive, zero where not. */
  private static float step(float x) {
    return Math.min(1f, Math.max(0f, x * HUGE * HUGE));
  }

  private static void identity(float[] x, float[] y, float[] d1, float[] d2, int order, int n) {
    if (x != y) {
      System.arraycopy(x, 0, y, 0, n);
    }
    if (order > 0) {
      Arrays.fill(d1, 0, n, 1f);
    }
    if (order > 1) {
      Arrays.fill(d2, 0, n, 0f);
    }
  }

  private static void tanh(float[] x, float[] y, float[] d1, float[] d2, int order, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = tanh(x[i]);
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

  private static void logistic(float[] x, float[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = 0.5f + 0.5f * tanh(0.5f * x[i]);
    }
  }

  private static void sigmoid(float[] x, float[] y, float[] d1, float[] d2, int order, int n) {
    logistic(x, y, n);
    if (order > 0) {
      for (int i = 0; i < n; i++) {
        d1[i] = y[i] * (1 - y[i]);
      }
    }
    if (order > 1) {
      for (int i = 0; i < n; i++) {
        d2[i] = d1[i] * (1 - 2 * y[i]);
      }
    }
  }

  /**
   * max(x, 0) + log(1 + exp(-|x|)), of which with t = tanh(|x| / 2) the second term is log 2 -
   * log(1 + t) = (1 - t) H(t). H is a polynomial of degree 8, near the best one, with an error of
   * 2e-8.
   */
  private static void softplus(float[] x, float[] y, float[] d1, float[] d2, int order, int n) {
    for (int i = 0; i < n; i++) {
      d1[i] = tanh(0.5f * x[i]);
    }
    for (int i = 0; i < n; i++) {
      float t = Math.abs(d1[i]);
      float h = 0.0027499155f;
      h = Math.fma(h, t, -0.015631309f);
      h = Math.fma(h, t, 0.041835703f);
      h = Math.fma(h, t, -0.07391493f);
      h = Math.fma(h, t, 0.10490797f);
      h = Math.fma(h, t, -0.1393109f);
      h = Math.fma(h, t, 0.19306627f);
      h = Math.fma(h, t, -0.30684987f);
      h = Math.fma(h, t, 0.6931472f);
      y[i] = Math.max(x[i], 0f) + (1 - t) * h;
    }
    if (order > 1) {
      for (int i = 0; i < n; i++) {
        d2[i] = 0.25f - 0.25f * d1[i] * d1[i];
      }
    }
    if (order > 0) {
      for (int i = 0; i < n; i++) {
        d1[i] = 0.5f + 0.5f * d1[i];
      }
    }
  }

  private static void elu(float[] x, float[] y, float[] d1, float[] d2, int order, int n) {
    for (int i = 0; i < n; i++) {
      // expm1(v) = 2 t / (1 - t) with t = tanh(v / 2) = p / q: no cancellation for negative v.
      float v = Math.max(-SATURATION, 0.5f * Math.min(x[i], 0f));
      float s = v * v;
      float p = v * numerator(s);
      y[i] = Math.max(x[i], 0f) + 2 * p / (denominator(s) - p);
    }
    if (order > 0) {
      for (int i = 0; i < n; i++) {
        d1[i] = 1 + Math.min(y[i], 0f);
      }
    }
    if (order > 1) {
      for (int i = 0; i < n; i++) {
        d2[i] = d1[i] * (1 - step(y[i]));
      }
    }
  }

  private static void swish(float[] x, float[] y, float[] d1, float[] d2, int order, int n) {
    // d1 holds the sigmoid until the value is known, since y may be x.
    logistic(x, d1, n);
    if (order > 1) {
      for (int i = 0; i < n; i++) {
        d2[i] = d1[i] * (1 - d1[i]) * (2 + x[i] * (1 - 2 * d1[i]));
      }
    }
    for (int i = 0; i < n; i++) {
      y[i] = x[i] * d1[i];
    }
    if (order > 0) {
      for (int i = 0; i < n; i++) {
        d1[i] = d1[i] + y[i] * (1 - d1[i]);
      }
    }
  }

  private static void relu(float[] x, float[] y, float[] d1, float[] d2, int order, int n) {
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
      y[i] = Math.max(x[i], 0f);
    }
  }

  private static void square(float[] x, float[] y, float[] d1, float[] d2, int order, int n) {
    if (order > 1) {
      Arrays.fill(d2, 0, n, 2f);
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
      Elementwise f, float[] x, float[] y, float[] d1, float[] d2, int order, int n) {
    for (int i = 0; i < n; i++) {
      double v = x[i];
      y[i] = (float) f.value(v);
      if (order > 0) {
        d1[i] = (float) f.first(v);
      }
      if (order > 1) {
        d2[i] = (float) f.second(v);
      }
    }
  }
}
