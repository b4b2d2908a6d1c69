package org.fjordflow.report;

import java.util.Arrays;
import org.fjordflow.base.FjordException;

/**
 * The part of the plane that a panel shows.
 *
 * @param x the range of the horizontal axis
 * @param y the range of the vertical axis
 */
public record Limits(Interval x, Interval y) {
  private static final double TAIL = 0.002;
  private static final double MARGIN = 0.08;

  /**
   * Returns limits that show nearly all points with some room around them, and one unit equally
   * long on both axes of a square panel.
   *
   * @param rows points, one a row; values that are not finite are left out; not modified
   * @return the limits of the first two columns
   * @throws FjordException {@code INVALID_ARGUMENT} if there is no row, {@code SHAPE_MISMATCH} if a
   *     row has fewer than two columns or another number than the first, {@code NON_FINITE} if a
   *     column has no finite value
   */
  public static Limits around(double[][] rows) {
    Rows.requireColumns(rows, 2, "points");
    return new Limits(interval(rows, 0), interval(rows, 1)).squared();
  }

  /** Returns limits with the same middle and both ranges as long as the longer one. */
  public Limits squared() {
    double length = Math.max(x.length(), y.length());
    return new Limits(x.withLength(length), y.withLength(length));
  }

  static Interval interval(double[][] rows, int column) {
    return Interval.around(
        Arrays.stream(rows).mapToDouble(row -> row[column]).toArray(), TAIL, MARGIN);
  }
}
