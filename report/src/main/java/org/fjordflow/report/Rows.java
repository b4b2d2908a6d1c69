package org.fjordflow.report;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** Checks and joins rows of points. */
final class Rows {
  private Rows() {}

  /**
   * Checks that there are rows, all of the same number of columns.
   *
   * @return the number of columns
   */
  static int requireColumns(double[][] rows, int atLeast, String what) {
    if (rows.length == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "no " + what + " to draw; a picture needs at least one row");
    }
    int columns = rows[0].length;
    for (double[] row : rows) {
      if (row.length != columns || columns < atLeast) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "a row of the "
                + what
                + " has "
                + row.length
                + " columns; expected "
                + Math.max(columns, atLeast));
      }
    }
    return columns;
  }

  /** Checks that there are as many names as columns, or none. */
  static void requireNames(List<String> names, int columns) {
    if (!names.isEmpty() && names.size() != columns) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          names.size() + " names of " + columns + " columns; give one for each, or none");
    }
  }

  /** Returns what a column is called. */
  static String name(List<String> names, int column) {
    return names.isEmpty() ? "x" + (column + 1) : names.get(column);
  }

  static double[][] joined(double[][] first, double[][] second) {
    double[][] all = new double[first.length + second.length][];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }
}
