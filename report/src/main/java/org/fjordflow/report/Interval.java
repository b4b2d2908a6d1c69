package org.fjordflow.report;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * A range of an axis.
 *
 * @param min the lower end
 * @param max the upper end, above {@code min}
 */
public record Interval(double min, double max) {
  /**
   * Checks the ends.
   *
   * @throws FjordException {@code INVALID_ARGUMENT} if the length is not finite and positive
   */
  public Interval {
    double length = max - min;
    if (!(length > 0) || Double.isInfinite(length)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "an axis from "
              + min
              + " to "
              + max
              + " cannot be drawn: its length must be finite and above 0");
    }
  }

  /**
   * Returns the range of most of the values, with some room at both ends. Values that are not
   * finite are left out; values that are all equal get a range around them.
   *
   * @param values the values; not modified
   * @param tail the share of values that may lie outside at each end, below 0.5
   * @param margin the room at each end, as a share of the range
   * @return the range
   * @throws FjordException {@code INVALID_ARGUMENT} if there is no value, {@code NON_FINITE} if
   *     none is finite
   */
  public static Interval around(double[] values, double tail, double margin) {
    if (values.length == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "no values to draw; a picture needs at least one");
    }
    double[] sorted = Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
    if (sorted.length == 0) {
      throw new FjordException(
          ErrorKey.NON_FINITE,
          "none of the " + values.length + " values to draw is finite; at least one must be");
    }
    int outside = (int) Math.floor(tail * sorted.length);
    double low = sorted[outside];
    double high = sorted[sorted.length - 1 - outside];
    double room = margin * (high - low);
    // Equal values, or a range that rounding swallows, still get an axis of visible length.
    double least = Math.max(Math.abs(low), Math.abs(high)) * 1e-9;
    if (high - low <= least) {
      room = Math.max(0.5, 0.05 * Math.abs(low));
    }
    return new Interval(low - room, high + room);
  }

  /** Returns the distance between the ends. */
  public double length() {
    return max - min;
  }

  /** Returns the point half-way between the ends. */
  public double middle() {
    return min + 0.5 * (max - min);
  }

  /**
   * Returns a range with the same middle and another length.
   *
   * @param length the new length
   * @return the range
   */
  public Interval withLength(double length) {
    return new Interval(middle() - 0.5 * length, middle() + 0.5 * length);
  }
}
