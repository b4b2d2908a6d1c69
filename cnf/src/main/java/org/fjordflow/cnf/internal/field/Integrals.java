package org.fjordflow.cnf.internal.field;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.estimators.Divergence;
import org.jspecify.annotations.Nullable;

/**
 * The integrals of the divergence at the end of a solve: the mean over estimates, and the variance
 * of that mean (null where the divergence is exact, NaN where a single estimate does not tell).
 *
 * <p>Directions stay the same during a solve, so the integral of {@code e^T J e} is {@code e^T (the
 * integral of J) e}: what holds of estimates of a trace holds of the integrals.
 */
public final class Integrals {

  private final double[] mean;
  private final double @Nullable [] variance;

  private Integrals(double[] mean, double @Nullable [] variance) {
    this.mean = mean;
    this.variance = variance;
  }

  public double[] mean() {
    return mean;
  }

  public double @Nullable [] variance() {
    return variance;
  }

  public static @Nullable Integrals of(
      double[] state, int rows, int dim, @Nullable Divergence divergence) {
    if (divergence == null) {
      return null;
    }
    int offset = rows * dim;
    int k = divergence.estimates();
    double factor = divergence.varianceFactor(dim);
    double[] mean = new double[rows];
    double[] variance = new double[rows];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < k; j++) {
        mean[i] += state[offset + i * k + j] / k;
      }
      for (int j = 0; j < k && factor > 0; j++) {
        double deviation = state[offset + i * k + j] - mean[i];
        variance[i] += factor * (deviation * deviation / (k - 1.0) / k);
      }
    }
    return new Integrals(mean, divergence.isExact() ? null : variance);
  }

  /**
   * Gives each estimate its share of the mean's adjoint.
   *
   * @param from where the estimates begin
   * @param to where they end
   */
  public static void spread(Backend backend, Matrix adjoint, double[] cotangent, int from, int to) {
    int rows = adjoint.rows();
    int k = rows == 0 ? 0 : (to - from) / rows;
    double[] bar = new double[rows];
    backend.download(adjoint, bar, 0);
    for (int i = 0; i < rows * k; i++) {
      cotangent[from + i] = bar[i / k] / k;
    }
  }
}
