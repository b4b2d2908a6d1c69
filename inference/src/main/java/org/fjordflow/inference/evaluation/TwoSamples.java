package org.fjordflow.inference.evaluation;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.train.Batch;

/**
 * Two samples that can be compared.
 *
 * @param first at least one row. Not modified.
 * @param second at least one row of as many columns. Not modified.
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record TwoSamples(double[][] first, double[][] second) {

  static TwoSamples of(double[][] first, double[][] second) {
    if (first.length == 0 || second.length == 0) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "samples of %d and %d rows; expected at least one each"
              .formatted(first.length, second.length));
    }
    int columns = first[0].length;
    require(first, columns, "first");
    require(second, columns, "second");
    return new TwoSamples(first, second);
  }

  private static void require(double[][] rows, int columns, String which) {
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != columns || columns == 0) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "row %d of the %s sample has %d values; expected %d, those of the first row"
                .formatted(i + 1, which, rows[i].length, columns));
      }
      for (int j = 0; j < columns; j++) {
        if (!Double.isFinite(rows[i][j])) {
          throw new FjordException(
              ErrorKey.NON_FINITE,
              "row %d of the %s sample has %s in column %d; leave such rows out"
                  .formatted(i + 1, which, rows[i][j], j + 1));
        }
      }
    }
  }

  int size() {
    return first.length + second.length;
  }

  int columns() {
    return first[0].length;
  }

  double[] row(int i) {
    return i < first.length ? first[i] : second[i - first.length];
  }

  TwoSamples standardizedByFirst() {
    Moments moments = Moments.of(first);
    return new TwoSamples(moments.standardize(first), moments.standardize(second));
  }

  /** Rows by their numbers, each with 0 or 1 for the sample it is of. */
  Batch batch(int[] numbers) {
    return new Batch(
        Arrays.stream(numbers).mapToObj(this::row).toArray(double[][]::new),
        Arrays.stream(numbers)
            .mapToObj(i -> new double[] {i < first.length ? 0 : 1})
            .toArray(double[][]::new));
  }

  /** The numbers below n in random order. */
  static int[] permutation(int n, RandomGenerator random) {
    int[] order = new int[n];
    Arrays.setAll(order, i -> i);
    for (int i = n - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int swapped = order[i];
      order[i] = order[j];
      order[j] = swapped;
    }
    return order;
  }

  static double squaredDistance(double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      sum += (a[j] - b[j]) * (a[j] - b[j]);
    }
    return sum;
  }
}
