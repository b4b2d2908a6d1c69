package org.fjordflow.core.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.ToDoubleFunction;

/** Tests of samples against what their distribution says. */
public final class Statistics {

  /** A right sampler fails once in about 60,000 tests. */
  private static final double LARGEST_Z = 4.3;

  private Statistics() {}

  /**
   * Asserts that the mean of a statistic over independent rows is what was expected of it, by a
   * z-test with the deviation estimated from the rows.
   *
   * @param rows samples. Not modified.
   * @param statistic of a row
   * @param expected its expectation
   * @param what names the statistic and the seed in failures
   */
  public static void assertMean(
      double[][] rows, ToDoubleFunction<double[]> statistic, double expected, String what) {
    double mean = 0;
    double squares = 0;
    for (double[] row : rows) {
      double d = statistic.applyAsDouble(row) - expected;
      mean += d / rows.length;
      squares += d * d / rows.length;
    }
    // A statistic that is the same for every row deviates by rounding alone.
    double rounding = 1e-12 * Math.max(1, Math.abs(expected));
    double error = Math.sqrt(Math.max(0, squares - mean * mean) / rows.length) + rounding;
    double z = mean / error;
    assertTrue(Math.abs(z) < LARGEST_Z, "%s: z = %s, mean off by %s".formatted(what, z, mean));
  }

  /**
   * Asserts means and second moments of every column and pair of columns by {@link #assertMean}.
   *
   * @param rows samples. Not modified.
   * @param mean expected means. Not modified.
   * @param covariance expected covariance matrix. Not modified.
   * @param what names the samples and the seed in failures
   */
  public static void assertMoments(
      double[][] rows, double[] mean, double[][] covariance, String what) {
    for (int i = 0; i < mean.length; i++) {
      int a = i;
      assertMean(rows, row -> row[a], mean[a], "%s: mean of column %d".formatted(what, a));
      for (int j = 0; j <= i; j++) {
        int b = j;
        assertMean(
            rows,
            row -> (row[a] - mean[a]) * (row[b] - mean[b]),
            covariance[a][b],
            "%s: covariance of columns %d and %d".formatted(what, a, b));
      }
    }
  }
}
