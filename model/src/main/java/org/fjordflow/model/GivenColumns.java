package org.fjordflow.model;

import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * Contexts as networks have them: categories one hot, angles by cosine and sine, and a column that
 * says where a cell is missing, whose own value is then the middle one.
 */
final class GivenColumns {

  /** Stands for a missing cell in batches, whose cells are finite. */
  private static final double MISSING = -Double.MAX_VALUE;

  private final List<ColumnSpec> columns;
  private final Cells[] cells;
  private final int width;

  GivenColumns(TableSpec table) {
    this.columns = table.given();
    this.cells = columns.stream().map(Cells::new).toArray(Cells[]::new);
    this.width = table.contextSize();
  }

  /** The same rows with marks in place of NaN; the same array where there is none. */
  static double[][] marked(double[][] rows) {
    boolean gaps = Arrays.stream(rows).flatMapToDouble(Arrays::stream).anyMatch(Double::isNaN);
    return gaps
        ? Arrays.stream(rows)
            .map(row -> Arrays.stream(row).map(x -> Double.isNaN(x) ? MISSING : x).toArray())
            .toArray(double[][]::new)
        : rows;
  }

  /** Returns how many columns are given. */
  int size() {
    return cells.length;
  }

  /**
   * Encodes rows.
   *
   * @param rows n x {@link #size}. Not modified.
   * @throws FjordException SHAPE_MISMATCH; NON_FINITE for a missing cell where none may be;
   *     INVALID_ARGUMENT for a value that the model does not know
   */
  double[][] encode(double[][] rows) {
    double[][] result = new double[rows.length][width];
    for (int i = 0; i < rows.length; i++) {
      FjordException wrong = wrong(rows[i]);
      if (wrong != null) {
        throw Units.inRow(i + 1L, wrong);
      }
      int at = 0;
      for (int j = 0; j < cells.length; j++) {
        encode(rows[i][j], j, result[i], at);
        at += columns.get(j).contextWidth();
      }
    }
    return result;
  }

  /** Says what is wrong with a row; null where it can be encoded. */
  @Nullable FjordException wrong(double[] row) {
    if (row.length != cells.length) {
      return new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the context has %d values; this model is given %d: %s"
              .formatted(
                  row.length, cells.length, columns.stream().map(ColumnSpec::name).toList()));
    }
    for (int j = 0; j < cells.length; j++) {
      FjordException wrong = wrong(row[j], j);
      if (wrong != null) {
        return wrong;
      }
    }
    return null;
  }

  private static boolean isGap(ColumnSpec column, double x) {
    return column.gaps() && (Double.isNaN(x) || x == MISSING);
  }

  private @Nullable FjordException wrong(double x, int j) {
    ColumnSpec column = columns.get(j);
    if (isGap(column, x)) {
      return null;
    }
    if (!Double.isFinite(x)) {
      return new FjordException(
          ErrorKey.NON_FINITE,
          "column '%s' of the context is %s; expected a value, the model was trained without gaps there"
              .formatted(column.name(), Double.isNaN(x) ? "missing" : Double.toString(x)));
    }
    return switch (column.scale()) {
      case CELLS -> column.indexOf(x) < 0 ? column.noSuchValue(x) : null;
      case CIRCULAR, STANDARD -> null;
      case ROBUST, LOG, LOGIT ->
          Double.isNaN(cells[j].toLine(x, 0.5))
              ? new FjordException(
                  ErrorKey.INVALID_ARGUMENT,
                  "column '%s' of the context is %s, outside of its bounds; expected %s"
                      .formatted(column.name(), x, bounds(column)))
              : null;
    };
  }

  private void encode(double x, int j, double[] into, int at) {
    ColumnSpec column = columns.get(j);
    if (isGap(column, x)) {
      into[at + column.contextWidth() - 1] = 1;
      if (column.scale() == ColumnSpec.Scale.STANDARD) {
        into[at] = column.origin(); // the mean of those there are
      }
      return;
    }
    switch (column.scale()) {
      case CELLS -> {
        int k = column.indexOf(x);
        if (column.values().size() == 2) {
          into[at] = k;
        } else {
          into[at + k] = 1;
        }
      }
      case CIRCULAR -> {
        double angle = cells[j].toLine(x, 0);
        into[at] = Math.cos(angle);
        into[at + 1] = Math.sin(angle);
      }
      case STANDARD -> into[at] = x;
      case ROBUST, LOG, LOGIT -> into[at] = cells[j].toLine(x, 0.5);
    }
  }

  private static String bounds(ColumnSpec column) {
    return column.scale() == ColumnSpec.Scale.LOG
        ? "more than " + column.origin()
        : "%s to %s".formatted(column.origin(), column.origin() + column.width());
  }
}
