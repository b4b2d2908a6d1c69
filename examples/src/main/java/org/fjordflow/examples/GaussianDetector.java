package org.fjordflow.examples;

/** The plainest density there is, to compare with: a normal one with a full covariance matrix. */
final class GaussianDetector {

  /** Added to the variances, so that constant columns have a density too. */
  private static final double JITTER = 1e-6;

  private final double[] mean;
  private final double[][] factor;

  private GaussianDetector(double[] mean, double[][] factor) {
    this.mean = mean;
    this.factor = factor;
  }

  /**
   * Fits mean and covariance.
   *
   * @param rows n x columns. Not modified.
   */
  static GaussianDetector fit(double[][] rows) {
    int columns = rows[0].length;
    double[] mean = new double[columns];
    for (double[] row : rows) {
      for (int j = 0; j < columns; j++) {
        mean[j] += row[j] / rows.length;
      }
    }
    double[][] covariance = new double[columns][columns];
    for (double[] row : rows) {
      for (int i = 0; i < columns; i++) {
        for (int j = 0; j < columns; j++) {
          covariance[i][j] += (row[i] - mean[i]) * (row[j] - mean[j]) / rows.length;
        }
      }
    }
    return new GaussianDetector(mean, cholesky(covariance));
  }

  private static double[][] cholesky(double[][] a) {
    double[][] l = new double[a.length][a.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j <= i; j++) {
        double rest = a[i][j] + (i == j ? JITTER : 0);
        for (int k = 0; k < j; k++) {
          rest -= l[i][k] * l[j][k];
        }
        l[i][j] = i == j ? Math.sqrt(rest) : rest / l[j][j];
      }
    }
    return l;
  }

  /** Returns log-densities in nats, one a row. */
  double[] logProb(double[][] rows) {
    double[] result = new double[rows.length];
    for (int n = 0; n < rows.length; n++) {
      double[] z = new double[mean.length];
      for (int i = 0; i < z.length; i++) {
        double rest = rows[n][i] - mean[i];
        for (int k = 0; k < i; k++) {
          rest -= factor[i][k] * z[k];
        }
        z[i] = rest / factor[i][i];
        result[n] -= 0.5 * (z[i] * z[i] + Math.log(2 * Math.PI)) + Math.log(factor[i][i]);
      }
    }
    return result;
  }
}
