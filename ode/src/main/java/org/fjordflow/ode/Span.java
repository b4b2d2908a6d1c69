package org.fjordflow.ode;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * An interval of integration. Both directions are solved forwards in s from 0 to the interval's
 * length, with t = start + direction s: Hipparchus chooses a wrong first step for a negative
 * direction, and refuses intervals that are short in comparison with t.
 *
 * @param start start of the interval
 * @param end end of the interval, on either side of the start
 */
record Span(double start, double end) {
  private static final double SMALLEST_STEP_ULPS = 16;

  Span {
    if (!Double.isFinite(start) || !Double.isFinite(end) || !Double.isFinite(end - start)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "The interval of a solve is [" + start + ", " + end + "]: both ends must be finite.");
    }
  }

  double length() {
    return Math.abs(end - start);
  }

  double direction() {
    return end < start ? -1 : 1;
  }

  /** Returns the time t at s, and exactly the end of the interval at its length. */
  double time(double s) {
    return s >= length() ? end : start + direction() * s;
  }

  /** Returns the step below which the times of stages stop being distinct. */
  double smallestStep() {
    return SMALLEST_STEP_ULPS * Math.ulp(Math.max(Math.abs(start), Math.abs(end)));
  }
}
