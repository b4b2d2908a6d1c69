package org.fjordflow.inference.evaluation;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * The maximum mean discrepancy of two samples with a normal kernel (Gretton et al. 2012), without
 * bias, and a test by permutations: rows are dealt out to two samples anew, and as often as this
 * gives as great a discrepancy, so large is the p-value. The kernel is {@code exp(-|x - y|^2 / (2
 * h^2))}, with h the median distance of two rows of both samples together.
 *
 * @param squared unbiased estimate of the squared discrepancy, which can be below zero
 * @param bandwidth h, in the units of the rows
 * @param pValue of the test, at least {@code 1 / (permutations + 1)}; 1 without permutations
 */
public record MeanDiscrepancy(double squared, double bandwidth, double pValue) {

  /** Of more rows the median is that of so many, drawn at random. */
  private static final int MEDIAN_ROWS = 2_000;

  /** Kernels of all pairs are kept in float32: 200 MB. */
  private static final int MOST_ROWS = 10_000;

  /**
   * Compares two samples.
   *
   * @param first n x columns, at least two rows. Not modified.
   * @param second m x columns, at least two rows. Not modified.
   * @param permutations of the test, 0 for none
   * @param random source of permutations
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows that do not compare;
   *     INVALID_ARGUMENT for more than 10,000 rows together
   */
  public static MeanDiscrepancy of(
      double[][] first, double[][] second, int permutations, RandomGenerator random) {
    TwoSamples samples = TwoSamples.of(first, second);
    int n = samples.size();
    if (Math.min(first.length, second.length) < 2 || n > MOST_ROWS || permutations < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "samples of %d and %d rows and %d permutations; expected at least two rows each, %d together at most (thin them), and at least 0"
              .formatted(first.length, second.length, permutations, MOST_ROWS));
    }
    double bandwidth = median(samples, random);
    float[][] kernel = kernel(samples, bandwidth);
    double[] rowSums = new double[n];
    double total = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        rowSums[i] += kernel[i][j];
        rowSums[j] += kernel[i][j];
        total += kernel[i][j];
      }
    }
    int size = first.length;
    int[] order = new int[n];
    Arrays.setAll(order, i -> i);
    double observed = squared(kernel, rowSums, total, order, size);
    int asGreat = 0;
    for (int p = 0; p < permutations; p++) {
      int[] shuffled = TwoSamples.permutation(n, random);
      asGreat += squared(kernel, rowSums, total, shuffled, size) >= observed ? 1 : 0;
    }
    return new MeanDiscrepancy(observed, bandwidth, (asGreat + 1.0) / (permutations + 1.0));
  }

  /**
   * Of the pairs' sum only that of the first group is summed up: sums of rows then say what is
   * between the groups.
   */
  private static double squared(
      float[][] kernel, double[] rowSums, double total, int[] order, int n) {
    int[] group = Arrays.copyOf(order, n);
    Arrays.sort(group);
    double within = 0;
    double touching = 0;
    for (int i : group) {
      touching += rowSums[i];
      for (int j : group) {
        if (j >= i) {
          break;
        }
        within += kernel[i][j];
      }
    }
    int m = order.length - n;
    double between = touching - 2 * within;
    double others = total - within - between;
    return 2 * within / ((double) n * (n - 1))
        + 2 * others / ((double) m * (m - 1))
        - 2 * between / ((double) n * m);
  }

  private static float[][] kernel(TwoSamples samples, double bandwidth) {
    float[][] kernel = new float[samples.size()][];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = new float[i];
      for (int j = 0; j < i; j++) {
        double square = TwoSamples.squaredDistance(samples.row(i), samples.row(j));
        kernel[i][j] = (float) Math.exp(-square / (2 * bandwidth * bandwidth));
      }
    }
    return kernel;
  }

  private static double median(TwoSamples samples, RandomGenerator random) {
    int all = samples.size();
    int n = Math.min(MEDIAN_ROWS, all);
    int[] chosen = all > n ? Arrays.copyOf(TwoSamples.permutation(all, random), n) : null;
    double[] squares = new double[n * (n - 1) / 2];
    int at = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < i; j++) {
        double[] a = samples.row(chosen == null ? i : chosen[i]);
        double[] b = samples.row(chosen == null ? j : chosen[j]);
        squares[at++] = TwoSamples.squaredDistance(a, b);
      }
    }
    Arrays.sort(squares);
    int middle = squares.length / 2;
    double median =
        squares.length % 2 == 1
            ? Math.sqrt(squares[middle])
            : (Math.sqrt(squares[middle - 1]) + Math.sqrt(squares[middle])) / 2;
    return median > 0 ? median : 1; // most rows are the same
  }
}
