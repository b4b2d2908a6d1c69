package org.fjordflow.core.data.internal;

/** Picks rows of a table without chance. */
public final class RowSelection {
  private RowSelection() {}

  /**
   * Returns at most so many rows, evenly spread over all of them.
   *
   * @param rows Not modified; those returned are shared.
   * @param atMost at least 0
   */
  public static double[][] thinned(double[][] rows, int atMost) {
    if (rows.length <= atMost) {
      return rows;
    }
    double[][] kept = new double[atMost][];
    for (int i = 0; i < atMost; i++) {
      kept[i] = rows[(int) ((long) i * rows.length / atMost)];
    }
    return kept;
  }
}
