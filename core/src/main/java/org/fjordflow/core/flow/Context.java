package org.fjordflow.core.flow;

import java.util.Arrays;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
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

  /** Returns the part of this context that belongs to rows from (inclusive) to to (exclusive). */
  Context slice(int from, int to) {
    if (shared || this == NONE) {
      return this;
    }
    return new Context(Arrays.copyOfRange(rows, from, to), false);
  }

  /**
   * Puts the context on a tape.
   *
   * @param tape where
   * @param n rows of data
   * @param size context size of the flow
   * @return n x size, or null where the size is zero
   * @throws FjordException SHAPE_MISMATCH if the rows do not fit the flow and the data
   */
  @Nullable Var on(Tape tape, int n, int size) {
    int given = rows.length == 0 ? 0 : rows[0].length;
    boolean fits = size == 0 ? this == NONE : given == size && (shared || rows.length == n);
    if (!fits && !(size > 0 && n == 0 && rows.length == 0 && this != NONE)) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the context has %d rows of %d values; this flow takes %d values for each of %d rows"
              .formatted(rows.length, given, size, n));
    }
    if (size == 0) {
      return null;
    }
    double[][] all = rows;
    if (shared) {
      all = new double[n][];
      Arrays.fill(all, rows[0]);
    }
    return tape.constant(Rows.flatten(all, size, "context"), n, size);
  }
}
