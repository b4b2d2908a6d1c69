package org.fjordflow.core.flow.internal;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/** Rows of data as users have them, to and from flat and backend arrays. */
public final class RowArrays {

  private RowArrays() {}

  /**
   * Copies rows into one array.
   *
   * @param rows each of {@code cols} finite values. Not modified.
   * @param cols expected number of columns
   * @param what names the rows in errors
   * @return row-major values
   * @throws FjordException SHAPE_MISMATCH for a row of another length, NON_FINITE for NaN or
   *     infinity
   */
  public static double[] flatten(double[][] rows, int cols, String what) {
    return flatten(rows, 0, rows.length, cols, what);
  }

  /**
   * Copies rows from (inclusive) to to (exclusive); errors name a row by its place in the whole.
   */
  public static double[] flatten(double[][] rows, int from, int to, int cols, String what) {
    double[] flat = new double[(to - from) * cols];
    for (int i = from; i < to; i++) {
      if (rows[i].length != cols) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "row %d of the %s has %d values, expected %d".formatted(i, what, rows[i].length, cols));
      }
      for (int j = 0; j < cols; j++) {
        if (!Double.isFinite(rows[i][j])) {
          throw new FjordException(
              ErrorKey.NON_FINITE,
              "row %d, column %d of the %s is %s; expected a finite number"
                  .formatted(i, j, what, rows[i][j]));
        }
        flat[(i - from) * cols + j] = rows[i][j];
      }
    }
    return flat;
  }

  /**
   * Copies a matrix out as rows.
   *
   * @param backend the matrix's backend
   * @param m Not modified.
   * @return the rows
   */
  public static double[][] of(Backend backend, Matrix m) {
    double[] flat = new double[m.size()];
    backend.download(m, flat, 0);
    double[][] rows = new double[m.rows()][m.cols()];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(flat, i * m.cols(), rows[i], 0, m.cols());
    }
    return rows;
  }

  /**
   * Makes rows of zeros.
   *
   * @throws FjordException INVALID_ARGUMENT for a negative number of rows
   */
  public static double[][] allocate(int n, int cols) {
    if (n < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, n + " rows are wanted; expected none or more");
    }
    return new double[n][cols];
  }

  /** Checks the number of columns of what a distribution or a bijection is given. */
  public static void requireColumns(Var x, int cols) {
    if (x.cols() != cols) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, "given " + x.cols() + " columns, expected " + cols);
    }
  }
}
