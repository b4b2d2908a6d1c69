package org.fjordflow.model;

import java.util.Arrays;
import org.fjordflow.core.data.Table;

/**
 * What a column holds, counted.
 *
 * @param name of the column
 * @param type of its cells in the table
 * @param sorted the cells that are there, increasing
 * @param distinct number of different ones
 * @param mostCommon how often the most common value comes
 * @param missing number of missing cells
 * @param whole whether all are whole numbers
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record ColumnSurvey(
    String name,
    Table.Type type,
    double[] sorted,
    int distinct,
    int mostCommon,
    int missing,
    boolean whole) {

  /** The deviation of a normal whose middle half is one wide. */
  private static final double MIDDLE_HALF = 1.3489795003921634;

  static ColumnSurvey of(String name, Table.Type type, double[] values) {
    double[] sorted =
        Arrays.stream(values).filter(value -> !Double.isNaN(value)).sorted().toArray();
    int distinct = 0;
    int most = 0;
    int run = 0;
    boolean whole = true;
    for (int i = 0; i < sorted.length; i++) {
      run = i > 0 && sorted[i] == sorted[i - 1] ? run + 1 : 1;
      distinct += run == 1 ? 1 : 0;
      most = Math.max(most, run);
      whole &= sorted[i] == Math.rint(sorted[i]);
    }
    return new ColumnSurvey(
        name, type, sorted, distinct, most, values.length - sorted.length, whole);
  }

  int count() {
    return sorted.length;
  }

  double least() {
    return sorted[0];
  }

  double greatest() {
    return sorted[sorted.length - 1];
  }

  /** Returns the value below which a part of the cells is. */
  double quantile(double part) {
    double at = part * (sorted.length - 1);
    int below = (int) at;
    double rest = at - below;
    return rest == 0 ? sorted[below] : sorted[below] * (1 - rest) + sorted[below + 1] * rest;
  }

  double median() {
    return quantile(0.5);
  }

  /** Returns the deviation of a normal with the same middle half. */
  double middleDeviation() {
    return (quantile(0.75) - quantile(0.25)) / MIDDLE_HALF;
  }

  double mean() {
    double mean = 0;
    for (int i = 0; i < sorted.length; i++) {
      mean += (sorted[i] - mean) / (i + 1);
    }
    return mean;
  }

  double deviation() {
    double mean = mean();
    double largest = Math.max(Math.abs(least() - mean), Math.abs(greatest() - mean));
    if (largest == 0) {
      return 0;
    }
    double sum = 0;
    for (double value : sorted) {
      double part = (value - mean) / largest;
      sum += part * part;
    }
    return largest * Math.sqrt(sum / sorted.length);
  }

  /** Returns the different values, increasing. */
  double[] values() {
    return Arrays.stream(sorted).distinct().toArray();
  }

  /** Returns how often each of these values comes. */
  int[] counts(double[] values) {
    int[] counts = new int[values.length];
    for (double value : sorted) {
      int k = Arrays.binarySearch(values, value);
      if (k >= 0) {
        counts[k]++;
      }
    }
    return counts;
  }
}
