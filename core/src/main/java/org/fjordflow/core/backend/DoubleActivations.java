package org.fjordflow.core.backend;

/**
 * Activations in double precision, by the library's exponential: as accurate as {@link
 * Elementwise}, whose transcendental functions are evaluated once for value and derivatives here.
 */
final class DoubleActivations {

  private DoubleActivations() {}

  static void apply(Elementwise f, double[] x, double[] y, double[] d1, double[] d2, int n) {
    switch (f) {
      case TANH -> tanh(x, y, d1, d2, n);
      case SIGMOID, SOFTPLUS, SWISH -> logistic(f, x, y, d1, d2, n);
      case ELU -> elu(x, y, d1, d2, n);
      case IDENTITY, RELU, SQUARE, EXP, LOG, RECIPROCAL, SQRT, SIN, COS ->
          general(f, x, y, d1, d2, n);
    }
  }

  private static void tanh(double[] x, double[] y, double[] d1, double[] d2, int n) {
    for (int i = 0; i < n; i++) {
      double t = Math.tanh(x[i]);
      double d = 1 - t * t;
      y[i] = t;
      d1[i] = d;
      d2[i] = -2 * t * d;
    }
  }

  private static void logistic(
      Elementwise f, double[] x, double[] y, double[] d1, double[] d2, int n) {
    for (int i = 0; i < n; i++) {
      double v = x[i];
      double e = Math.exp(-Math.abs(v));
      double larger = 1 / (1 + e);
      double smaller = e / (1 + e);
      double s = v >= 0 ? larger : smaller;
      double d = larger * smaller;
      double skew = (v >= 0 ? -1 : 1) * (larger - smaller);
      if (f == Elementwise.SIGMOID) {
        y[i] = s;
        d1[i] = d;
        d2[i] = d * skew;
      } else if (f == Elementwise.SOFTPLUS) {
        y[i] = Math.max(v, 0) + Math.log1p(e);
        d1[i] = s;
        d2[i] = d;
      } else {
        y[i] = v * s;
        d1[i] = s * (1 + v * (v >= 0 ? smaller : larger));
        d2[i] = d * (2 + v * skew);
      }
    }
  }

  private static void elu(double[] x, double[] y, double[] d1, double[] d2, int n) {
    for (int i = 0; i < n; i++) {
      double v = x[i];
      double em1 = Math.expm1(Math.min(v, 0));
      y[i] = v > 0 ? v : em1;
      d1[i] = 1 + em1;
      d2[i] = v > 0 ? 0 : 1 + em1;
    }
  }

  private static void general(
      Elementwise f, double[] x, double[] y, double[] d1, double[] d2, int n) {
    for (int i = 0; i < n; i++) {
      double v = x[i];
      y[i] = f.value(v);
      d1[i] = f.first(v);
      d2[i] = f.second(v);
    }
  }
}
