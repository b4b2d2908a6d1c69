package org.fjordflow.core.data;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * Mean and standard deviation of every column, for standardisation.
 *
 * @param mean [columns], finite; held, not copied. Not modified
 * @param standardDeviation [columns], finite and above 0; held, not copied. Not modified
 */
@SuppressWarnings("ArrayRecordComponent") // equality is by content, below
public record Moments(double[] mean, double[] standardDeviation) {
  /**
   * Checks the sizes and the values.
   *
   * @throws FjordException SHAPE_MISMATCH if the sizes differ; INVALID_ARGUMENT for a mean that is
   *     not finite or a standard deviation that is not finite and positive
   */
  public Moments {
    if (mean.length != standardDeviation.length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          mean.length + " means and " + standardDeviation.length + " standard deviations");
    }
    for (int j = 0; j < mean.length; j++) {
      if (!Double.isFinite(mean[j])
          || !Double.isFinite(standardDeviation[j])
          || standardDeviation[j] <= 0) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "column "
                + (j + 1)
                + " has mean "
                + mean[j]
                + " and standard deviation "
                + standardDeviation[j]
                + ", expected finite values, the second above 0");
      }
    }
  }

  /**
   * Computes the moments of rows: the standard deviation divides by n, as NumPy's and
   * scikit-learn's do. Two passes with the mean's own rounding error taken out (Chan, Golub and
   * LeVeque 1983), so that a large mean costs no digits.
   *
   * <p>A column that holds one value only, up to rounding, gets the standard deviation 1: it is
   * then shifted to 0 and not divided by rounding noise.
   *
   * @param rows rows x columns, at least one row. Not modified
   * @return the moments
   * @throws FjordException SHAPE_MISMATCH for no rows or rows of different lengths; NON_FINITE
   */
  public static Moments of(double[][] rows) {
    Table table = Table.of(rows).requireFinite("data");
    if (rows.length == 0) {
      throw new FjordException(ErrorKey.SHAPE_MISMATCH, "no rows to take moments of");
    }
    double[] mean = new double[table.columns()];
    double[] deviation = new double[table.columns()];
    for (int j = 0; j < mean.length; j++) {
      double rough = meanAbout(0, rows, j);
      mean[j] = rough + meanAbout(rough, rows, j);
      deviation[j] = deviationAbout(mean[j], rows, j);
    }
    return new Moments(mean, deviation);
  }

  private static double meanAbout(double centre, double[][] rows, int column) {
    double mean = 0;
    for (int i = 0; i < rows.length; i++) {
      // As a running mean: a sum could overflow, and a constant column comes out exactly.
      mean += (rows[i][column] - centre - mean) / (i + 1);
    }
    return mean;
  }

  private static double deviationAbout(double centre, double[][] rows, int column) {
    double largest = 0;
    for (double[] row : rows) {
      largest = Math.max(largest, Math.abs(row[column] - centre));
    }
    if (largest <= 4 * Math.ulp(centre)) {
      return 1;
    }
    double sum = 0;
    double sumOfSquares = 0;
    for (double[] row : rows) {
      double scaled = (row[column] - centre) / largest;
      sum += scaled;
      sumOfSquares += scaled * scaled;
    }
    double variance = (sumOfSquares - sum * sum / rows.length) / rows.length;
    return largest * Math.sqrt(variance);
  }

  /** Returns the number of columns. */
  public int columns() {
    return mean.length;
  }

  /**
   * Brings rows to mean 0 and standard deviation 1.
   *
   * @param rows rows x columns. Not modified
   * @return (rows - mean) / standardDeviation, new arrays
   * @throws FjordException SHAPE_MISMATCH if a row has another number of columns
   */
  public double[][] standardize(double[][] rows) {
    double[][] result = new double[rows.length][mean.length];
    for (int i = 0; i < rows.length; i++) {
      requireColumns(rows[i]);
      for (int j = 0; j < mean.length; j++) {
        result[i][j] = (rows[i][j] - mean[j]) / standardDeviation[j];
      }
    }
    return result;
  }

  /**
   * Undoes {@link #standardize}.
   *
   * @param rows rows x columns. Not modified
   * @return rows x standardDeviation + mean, new arrays
   * @throws FjordException SHAPE_MISMATCH if a row has another number of columns
   */
  public double[][] restore(double[][] rows) {
    double[][] result = new double[rows.length][mean.length];
    for (int i = 0; i < rows.length; i++) {
      requireColumns(rows[i]);
      for (int j = 0; j < mean.length; j++) {
        result[i][j] = rows[i][j] * standardDeviation[j] + mean[j];
      }
    }
    return result;
  }

  private void requireColumns(double[] row) {
    if (row.length != mean.length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, "a row of " + row.length + " columns, expected " + mean.length);
    }
  }

  /** Two moments are equal if the bits of their values are. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Moments that
        && Arrays.equals(mean, that.mean)
        && Arrays.equals(standardDeviation, that.standardDeviation);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(mean) + Arrays.hashCode(standardDeviation);
  }

  @Override
  public String toString() {
    return "Moments[" + mean.length + " columns]";
  }
}
