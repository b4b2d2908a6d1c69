package org.fjordflow.model;

import org.jspecify.annotations.Nullable;

/** The lower triangular factor of correlations, packed row by row, and what it makes of points. */
final class CholeskyFactor {

  private final int size;
  private final double[] packed;

  /**
   * Takes a factor.
   *
   * @param packed lower triangle, row by row; held, not copied
   */
  CholeskyFactor(int size, double[] packed) {
    this.size = size;
    this.packed = packed;
  }

  /**
   * Factors the correlations of rows.
   *
   * @param standardized at least one row. Not modified.
   * @param ridge how far the correlations are drawn towards none, from 0 to 1
   * @param leastPivot part of a column's variance that the columns before it must leave
   * @param passed columns at the beginning that are passed over where they leave less, such as the
   *     last of a category: they have an infinite pivot
   * @return null where a later column leaves less
   */
  static @Nullable CholeskyFactor of(
      double[][] standardized, double ridge, double leastPivot, int passed) {
    int size = standardized[0].length;
    double[] packed = correlations(standardized, size);
    for (int i = 0, row = 0; i < size; row += ++i) {
      for (int j = 0, other = 0; j < i; other += ++j) {
        double value = (1 - ridge) * packed[row + j];
        for (int k = 0; k < j; k++) {
          value -= packed[row + k] * packed[other + k];
        }
        packed[row + j] = value / packed[other + j];
      }
      double pivot = (1 - ridge) * packed[row + i] + ridge;
      for (int k = 0; k < i; k++) {
        pivot -= packed[row + k] * packed[row + k];
      }
      if (pivot < leastPivot && i >= passed) {
        return null;
      }
      packed[row + i] = pivot < leastPivot ? Double.POSITIVE_INFINITY : Math.sqrt(pivot);
    }
    return new CholeskyFactor(size, packed);
  }

  private static double[] correlations(double[][] standardized, int size) {
    double[] packed = new double[size * (size + 1) / 2];
    for (double[] row : standardized) {
      for (int i = 0, at = 0; i < size; i++) {
        for (int j = 0; j <= i; j++) {
          packed[at++] += row[i] * row[j] / standardized.length;
        }
      }
    }
    return packed;
  }

  /** Returns the lower triangle, row by row; not a copy. */
  double[] packed() {
    return packed;
  }

  /**
   * Makes columns that do not depend on each other.
   *
   * @param point a standardised row. Not modified.
   * @param white takes them
   */
  void whiten(double[] point, double[] white) {
    for (int j = 0, row = 0; j < size; row += ++j) {
      double value = point[j];
      for (int k = 0; k < j; k++) {
        value -= packed[row + k] * white[k];
      }
      white[j] = value / packed[row + j];
    }
  }

  /** Returns the logarithm of the determinant of the rows from one on. */
  double logDet(int from) {
    double sum = 0;
    for (int j = 0, row = 0; j < size; row += ++j) {
      sum += j < from ? 0 : Math.log(packed[row + j]);
    }
    return sum;
  }
}
