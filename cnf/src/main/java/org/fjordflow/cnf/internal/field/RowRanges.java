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

  /** Rows that are evaluated as columns come in multiples of this. */
  private static final int COLUMNS = 16;

  private static final int FEWEST = 32;
  private static final int MOST_COLUMNS = 480;

  /** Elements of a layer's result that stay in a core's cache. */
  private static final int CACHED = 150_000;

  /** The same of wide layers, whose products are slow for few columns. */
  private static final int MOST_WIDE = 2_000_000;

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

  /**
   * Deals out rows that are evaluated as columns.
   *
   * @param rows rows of the batch
   * @param stack rows of value and tangents for each row
   * @param width widest layer of the field
   */
  static RowRanges ofColumns(int rows, int stack, int width) {
    boolean wide = width > RowParts.SMALL_WIDTH;
    int small = wide ? MOST_COLUMNS : RowParts.SMALL_PRODUCT / (width * width);
    long elements = (long) stack * width;
    int held = (int) Math.max(FEWEST, (wide ? MOST_WIDE : CACHED) / elements);
    int most = Math.min(Math.min(small, held), Math.max(FEWEST, (rows + 1) / 2));
    most = Math.min(most, MOST_COLUMNS) / COLUMNS * COLUMNS;
    int parts = Math.max(1, (rows + most - 1) / most);
    int ranges = Math.min(MOST_RANGES, (rows + most * ROUNDS - 1) / (most * ROUNDS) + 1) / 2 * 2;
    return new RowRanges(rows, Math.max(1, Math.min(Math.max(2, ranges), parts)), most);
  }

  /** Returns the first row of a range; that of range {@link #count} is the number of rows. */
  int start(int range) {
    return (int) ((long) rows * range / count);
  }
}
