package org.fjordflow.cnf.internal.field;

/**
 * How the rows of a batch are dealt out where each has steps of its own: in ranges that one thread
 * solves, {@link #most} rows of it at once. A matter of sizes alone.
 *
 * @param rows rows of the batch
 * @param count number of ranges, at least one
 * @param most rows that are evaluated together, at least one
 */
record RowRanges(int rows, int count, int most) {

  /** Ranges are so many times as long, or longer, where there are rows enough. */
  private static final int ROUNDS = 4;

  private static final int MOST_RANGES = 16;

  /** Elements of what is prepared for the times of rows that are evaluated together. */
  private static final int MOST_PREPARED = 4_000_000;

  /**
   * Deals out rows.
   *
   * @param rows rows of the batch
   * @param stack rows of value and tangents for each row
   * @param width widest layer of the field
   * @param prepared columns of what the field prepares for a time
   */
  static RowRanges of(int rows, int stack, int width, int prepared) {
    RowParts parts = RowParts.of(rows, stack, width);
    int most = Math.max(1, (rows + parts.count() - 1) / parts.count());
    most = Math.max(1, Math.min(most, MOST_PREPARED / Math.max(1, prepared)));
    int ranges = (rows + most * ROUNDS - 1) / (most * ROUNDS);
    ranges = Math.min(MOST_RANGES, (ranges + 1) / 2 * 2);
    return new RowRanges(rows, Math.max(1, Math.min(ranges, Math.max(1, parts.count()))), most);
  }

  /** Returns the first row of a range; that of range {@link #count} is the number of rows. */
  int start(int range) {
    return (int) ((long) rows * range / count);
  }
}
