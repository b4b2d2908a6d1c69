package org.fjordflow.cnf.internal.field;

/**
 * How the rows of a batch are dealt out: in parts that are worked on by one thread at a time, and
 * parts in groups that share sums of gradients. A matter of sizes alone, not of the number of
 * threads, so that results are the same with any.
 *
 * @param rows rows of the batch
 * @param count number of parts, at least one
 * @param groups number of groups, at least one
 */
public record RowParts(int rows, int count, int groups) {

  /** Up to this many multiplications BLAS does without packing its operands, which is faster. */
  static final int SMALL_PRODUCT = 1_000_000;

  /** The widest weights for which parts are made that small. */
  static final int SMALL_WIDTH = 100;

  /** From this many rows of a stack on, products with wide weights reach their speed. */
  private static final int WIDE_STACK = 500;

  /** Wider fields than these are of images: a few of them fill a core's cache. */
  private static final int WIDEST = 2000;

  /** Elements of such a field's widest layer that are worked on together. */
  private static final int CACHED = 250_000;

  private static final int MOST_STACK = 2048;
  private static final int FEWEST_ROWS = 16;
  private static final int MOST_GROUPS = 16;
  private static final int MOST_WIDE_GROUPS = 4;

  /**
   * Deals out rows.
   *
   * @param rows rows of the batch
   * @param stack rows of value and tangents for each row
   * @param width widest layer of the field
   */
  public static RowParts of(int rows, int stack, int width) {
    int stackRows =
        width <= SMALL_WIDTH
            ? SMALL_PRODUCT / (width * width)
            : isOfImages(width) ? rowsOf(width) : WIDE_STACK;
    int most = Math.max(1, Math.min(stackRows, MOST_STACK) / stack);
    int halves = Math.max(FEWEST_ROWS, (rows + 1) / 2);
    int partRows = Math.min(most, halves);
    int count = Math.max(1, (rows + partRows - 1) / partRows);
    // An even number goes well with most numbers of processors.
    count = count == 1 ? 1 : (count + 1) / 2 * 2;
    count = Math.max(1, Math.min(count, rows));
    return new RowParts(
        rows, count, Math.min(count, width <= SMALL_WIDTH ? MOST_GROUPS : MOST_WIDE_GROUPS));
  }

  /** Returns whether a field is so wide that a few rows of it fill a core's cache. */
  public static boolean isOfImages(int width) {
    return width > WIDEST;
  }

  /** Returns how many rows of such a field are worked on together. */
  public static int rowsOf(int width) {
    return Math.max(1, CACHED / Math.max(1, width));
  }

  /** Returns the first row of a part; that of part {@link #count} is the number of rows. */
  int start(int part) {
    return (int) ((long) rows * part / count);
  }

  /** Returns the number of rows of a part. */
  int size(int part) {
    return start(part + 1) - start(part);
  }

  /** Returns the first part of a group; that of group {@link #groups} is the number of parts. */
  int firstPart(int group) {
    return (int) ((long) count * group / groups);
  }

  /** Returns the group of a part. */
  int group(int part) {
    return (int) (((long) (part + 1) * groups - 1) / count);
  }
}
