package org.fjordflow.core.flow.internal.parts;

import java.util.random.RandomGenerator;

/** Draws of Student's t with v degrees of freedom, and how they move with v. */
final class StudentTSample {

  /** Terms of a series in powers of at most 1/2. */
  private static final int TERMS = 60;

  /** Nodes and weights of Gauss and Legendre's rule on (0, 1). */
  private static final int NODES = 48;

  private static final double[] NODE = new double[NODES];
  private static final double[] WEIGHT = new double[NODES];

  static {
    for (int i = 0; i < NODES; i++) {
      double x = Math.cos(Math.PI * (i + 0.75) / (NODES + 0.5));
      double slope = 1;
      for (int newton = 0; newton < 8; newton++) {
        double before = 1;
        double p = x;
        for (int k = 2; k <= NODES; k++) {
          double next = ((2 * k - 1) * x * p - (k - 1) * before) / k;
          before = p;
          p = next;
        }
        slope = NODES * (before - x * p) / (1 - x * x);
        x -= p / slope;
      }
      NODE[i] = 0.5 * (1 + x);
      WEIGHT[i] = 1 / ((1 - x * x) * slope * slope);
    }
  }

  private StudentTSample() {}

  /** Draws by the polar method (Bailey 1994, algorithm 1). */
  static double draw(double v, RandomGenerator random) {
    while (true) {
      double a = 2 * random.nextDouble() - 1;
      double b = 2 * random.nextDouble() - 1;
      double w = a * a + b * b;
      if (w > 0 && w <= 1) {
        return a * Math.sqrt(v * Math.expm1(-2 / v * Math.log(w)) / w);
      }
    }
  }

  /**
   * The derivative of a draw t by v where its place F(t; v) in the distribution is held: {@code
   * -(dF/dv) / f} (Figurnov et al. 2018, equation 5). It is odd in t. With x = sqrt(v) tan a the
   * integral of {@code f dlog f/dv} is one of powers of sin a from 0 to t, or of cos a from t to
   * infinity: since all of it is zero, the shorter way is taken.
   */
  static double byDegrees(double t, double v) {
    double tan = Math.abs(t) / Math.sqrt(v);
    double cos = 1 / Math.hypot(1, tan);
    double moved = tan <= 1 ? -fromZero(tan * cos, cos, v) : toInfinity(cos, v);
    return Math.signum(t) * Math.sqrt(v) * moved;
  }

  /** The integral over sines u up to the given one, divided by cos^(v + 1). */
  private static double fromZero(double sin, double cos, double v) {
    double constant = StudentT.normalizerSlope(v);
    double logCos = Math.log(cos);
    double sum = 0;
    for (int i = 0; i < NODES; i++) {
      double u = sin * NODE[i];
      double log = 0.5 * Math.log1p(-u * u);
      double slope = constant + log + 0.5 * (v + 1) / v * u * u;
      sum += WEIGHT[i] * Math.exp((v - 2) * log - (v + 1) * logCos) * slope;
    }
    return sin * sum;
  }

  /** The integral over cosines u up to the given one, divided by cos^(v + 1), by its series. */
  private static double toInfinity(double cos, double v) {
    double ratio = 0.5 * (v + 1) / v;
    double constant = StudentT.normalizerSlope(v) + ratio;
    double square = cos * cos;
    double logCos = Math.log(cos);
    // 1 / sqrt(1 - u^2) = sum c_k u^2k; the integral of u^(a - 1) (constant + log u - ratio u^2).
    double term = 1;
    double sum = 0;
    for (int k = 0; k < TERMS; k++) {
      double a = v + 2 * k;
      sum += term * (constant / a + logCos / a - 1 / (a * a) - ratio * square / (a + 2));
      term *= square * (2 * k + 1) / (2 * k + 2);
    }
    return sum / cos;
  }
}
