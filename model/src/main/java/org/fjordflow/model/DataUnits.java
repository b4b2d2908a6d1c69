package org.fjordflow.model;

import java.util.random.RandomGenerator;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Moments;
import org.jspecify.annotations.Nullable;

/** What is done with columns of data before they are standardised: the line they come to. */
interface DataUnits {

  /**
   * Rows on the line.
   *
   * @param rows n x dim; zeros where there is no density
   * @param logSlope [n], to be added to log-densities on the line; negative infinity where there is
   *     neither density nor probability
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  record OnLine(double[][] rows, double[] logSlope) {}

  /** Returns a column's name, for messages. */
  String quoted(int column);

  /** Returns how many points stand for a row that is scored. */
  int points();

  /** Returns the logarithm of the weight of a point, all of which together are one. */
  double logWeight(int point);

  /**
   * Brings rows to the line, each to one of the points that stand for it.
   *
   * @param rows n x dim, finite. Not modified.
   * @param point from 0
   */
  OnLine toLine(double[][] rows, int point);

  /** Brings rows to the line, each to points drawn at random. */
  OnLine toLine(double[][] rows, RandomGenerator random);

  /** Brings rows to the middle of their intervals. */
  OnLine toMiddle(double[][] rows);

  /** Brings rows to the line as they are looked at to choose moments and first values. */
  default OnLine typical(double[][] rows) {
    return toMiddle(rows);
  }

  /** Brings rows back to cells; new arrays. */
  double[][] toCells(double[][] z);

  /** Maps a point of the line to its cell. */
  double toCell(int column, double z);

  /** Returns what a column adds to the log-density at a point of the line, for that of its cell. */
  double logSlope(int column, double x, double z);

  /** Returns the moments without those of columns that are left as they are. */
  Moments neutral(Moments moments);

  /**
   * Checks that rows to learn from have a density.
   *
   * @throws FjordException INVALID_ARGUMENT, naming row and column
   */
  default void requireKnown(double[][] rows) {
    for (int i = 0; i < rows.length; i++) {
      FjordException unknown = unknown(rows[i]);
      if (unknown != null) {
        throw Units.inRow(i + 1L, unknown);
      }
    }
  }

  /** Says which value of a row has no density; null where all have one. */
  @Nullable FjordException unknown(double[] row);
}
