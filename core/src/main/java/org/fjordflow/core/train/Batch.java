package org.fjordflow.core.train;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.RowSelection;
import org.jspecify.annotations.Nullable;

/**
 * Rows of data, each with the context that conditions it.
 *
 * @param rows n rows of data; held, not copied. Not modified.
 * @param context n rows of context, or null for an unconditional flow; held. Not modified.
 */
@SuppressWarnings("ArrayRecordComponent") // rows are handed over, not compared
public record Batch(double[][] rows, double @Nullable [][] context) {

  /**
   * Checks that every row has its context.
   *
   * @throws FjordException SHAPE_MISMATCH if there is no row, or another number of context rows
   */
  public Batch {
    if (rows.length == 0 || (context != null && context.length != rows.length)) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "given %d rows with %s rows of context; expected at least one row, and as many of both"
              .formatted(rows.length, context == null ? "no" : context.length));
    }
  }

  /** Rows without context. */
  public static Batch of(double[][] rows) {
    return new Batch(rows, null);
  }

  /** Returns the number of rows. */
  public int size() {
    return rows.length;
  }

  /**
   * The rows of a range, shared with this batch.
   *
   * @param from first row, inclusive
   * @param to last row, exclusive
   */
  public Batch slice(int from, int to) {
    return new Batch(
        Arrays.copyOfRange(rows, from, to),
        context == null ? null : Arrays.copyOfRange(context, from, to));
  }

  /**
   * At most so many rows, evenly spread over all of them, shared with this batch.
   *
   * @param atMost at least 1
   */
  public Batch thinned(int atMost) {
    return size() <= atMost
        ? this
        : new Batch(
            RowSelection.thinned(rows, atMost),
            context == null ? null : RowSelection.thinned(context, atMost));
  }
}
