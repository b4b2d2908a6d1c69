package org.fjordflow.core.flow;

import java.util.Arrays;
import java.util.function.UnaryOperator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.internal.RowArrays;
import org.jspecify.annotations.Nullable;

/** What a conditional flow is conditioned on: a row for every row of data, or one row for all. */
public final class Context {

  private static final Context NONE = new Context(new double[0][], false);

  private final double[][] rows;
  private final boolean shared;

  private Context(double[][] rows, boolean shared) {
    this.rows = rows;
    this.shared = shared;
  }

  /** No context, for flows that have none. */
  public static Context none() {
    return NONE;
  }

  /** One row for each row of data. Not copied. */
  public static Context of(double[][] rows) {
    return new Context(rows, false);
  }

  /** The same row for all rows of data. Not copied. */
  public static Context shared(double[] row) {
    return new Context(new double[][] {row}, true);
  }

  /**
   * Returns the row that goes with a row of data. Not copied.
   *
   * @param index of the row of data, from zero; there is a context
   * @throws FjordException INVALID_ARGUMENT if there is no such row
   */
  public double[] row(int index) {
    int row = shared ? 0 : index;
    if (row < 0 || row >= rows.length) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "no context of row " + (index + 1) + "; there are " + rows.length);
    }
    return rows[row];
  }

  /**
   * Returns the context of some rows of data.
   *
   * @param indices the rows' numbers, from zero. Not modified.
   */
  public Context select(int[] indices) {
    return this == NONE || shared
        ? this
        : of(Arrays.stream(indices).mapToObj(i -> rows[i]).toArray(double[][]::new));
  }

  /**
   * Returns the same context in other units.
   *
   * @param moments of its columns
   * @throws FjordException SHAPE_MISMATCH for another number of columns
   */
  public Context standardize(Moments moments) {
    return map(moments::standardize);
  }

  /**
   * Returns the same context otherwise, such as encoded.
   *
   * @param change of its rows: as many come out as go in
   */
  public Context map(UnaryOperator<double[][]> change) {
    return this == NONE ? this : new Context(change.apply(rows), shared);
  }

  /**
   * Returns the context of rows of data that are repeated, each so many times in a row.
   *
   * @param times at least 1
   */
  public Context repeat(int times) {
    if (this == NONE || shared) {
      return this;
    }
    double[][] repeated = new double[rows.length * times][];
    Arrays.setAll(repeated, i -> rows[i / times]);
    return of(repeated);
  }

  /**
   * Checks that this context goes with a flow and its data.
   *
   * @param n rows of data
   * @param size context size of the flow
   * @throws FjordException SHAPE_MISMATCH if it does not
   */
  public void require(int n, int size) {
    int given = rows.length == 0 ? 0 : rows[0].length;
    boolean countFits = shared || rows.length == n;
    boolean sizeFits = given == size || rows.length == 0;
    boolean fits = size == 0 ? this == NONE : this != NONE && countFits && sizeFits;
    if (!fits) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the context has %d rows of %d values; this flow takes %d values for each of %d rows"
              .formatted(rows.length, given, size, n));
    }
  }

  /**
   * Puts the context of some rows of data on a tape; {@link #require} comes first.
   *
   * @param tape where
   * @param from first row, inclusive
   * @param to last row, exclusive
   * @param size context size of the flow
   * @return (to - from) x size, or null where the size is zero
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows that do not fit
   */
  public @Nullable Var on(Tape tape, int from, int to, int size) {
    if (size == 0) {
      return null;
    }
    if (shared) {
      Var row = tape.constant(RowArrays.flatten(rows, size, "context"), 1, size);
      return tape.repeat(row, to - from);
    }
    return tape.constant(RowArrays.flatten(rows, from, to, size, "context"), to - from, size);
  }
}
