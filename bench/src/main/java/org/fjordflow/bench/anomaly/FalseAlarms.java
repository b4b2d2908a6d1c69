package org.fjordflow.bench.anomaly;

import org.hipparchus.special.Gamma;

/**
 * How many false alarms are usual: of so many fresh normal rows, compared with so many others, the
 * number is beta-binomial, for the rank of a row among exchangeable ones is uniform.
 *
 * @param calibration rows that p-values are from
 * @param normals fresh normal rows
 * @param rate wanted
 */
record FalseAlarms(int calibration, int normals, double rate) {

  private static final double TAIL = 0.005;

  boolean isUsual(int count) {
    return count >= quantile(TAIL) && count <= quantile(1 - TAIL);
  }

  String text() {
    return "%,d to %,d".formatted(quantile(TAIL), quantile(1 - TAIL));
  }

  /** The least count that the number is at most with a probability of at least this. */
  private int quantile(double probability) {
    int rank = (int) Math.floor(rate * (calibration + 1) * (1 + 1e-12));
    if (rank == 0) {
      return 0;
    }
    double sum = 0;
    for (int count = 0; count < normals; count++) {
      sum += Math.exp(logProbability(count, rank, calibration + 1 - rank));
      if (sum >= probability) {
        return count;
      }
    }
    return normals;
  }

  private double logProbability(int count, double alpha, double beta) {
    return Gamma.logGamma(normals + 1.0)
        - Gamma.logGamma(count + 1.0)
        - Gamma.logGamma(normals - count + 1.0)
        + logBeta(count + alpha, normals - count + beta)
        - logBeta(alpha, beta);
  }

  private static double logBeta(double a, double b) {
    return Gamma.logGamma(a) + Gamma.logGamma(b) - Gamma.logGamma(a + b);
  }
}
