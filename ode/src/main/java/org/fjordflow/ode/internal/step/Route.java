package org.fjordflow.ode.internal.step;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** A way through time: from a start through output times, all in one direction. */
public final class Route {
  private final Span whole;
  private final Span[] segments;

  /**
   * Checks the times.
   *
   * @param start where the solve starts
   * @param outputTimes where a state is wanted, in the order of the solve. Not modified
   * @throws FjordException with {@link ErrorKey#INVALID_ARGUMENT} if there is no output time, one
   *     is not finite, or they change direction
   */
  public Route(double start, double... outputTimes) {
    if (outputTimes.length == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "There are no output times: give at least one.");
    }
    this.segments = new Span[outputTimes.length];
    double from = start;
    for (int i = 0; i < outputTimes.length; i++) {
      segments[i] = new Span(from, outputTimes[i]);
      from = outputTimes[i];
    }
    this.whole = new Span(start, from);
    for (int i = 0; i < segments.length; i++) {
      if (segments[i].length() > 0 && segments[i].direction() != whole.direction()) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "Output time "
                + i
                + " is "
                + segments[i].end()
                + " after "
                + segments[i].start()
                + ", in a solve from "
                + start
                + " to "
                + from
                + ": output times must not change direction; solve in two parts.");
      }
    }
  }

  /** Returns the interval from the start to the last output time. */
  public Span whole() {
    return whole;
  }

  /** Returns the output times. */
  public double[] times() {
    return Arrays.stream(segments).mapToDouble(Span::end).toArray();
  }

  /** Returns the number of output times. */
  public int size() {
    return segments.length;
  }

  /** Returns the interval that ends at an output time; its length may be zero. */
  public Span segment(int index) {
    return segments[index];
  }

  /**
   * Returns the number of equal steps of a segment, which are no longer than those of the whole.
   *
   * @param index index of the segment, of a length above zero
   * @param steps number of equal steps of the whole
   */
  public int equalSteps(int index, int steps) {
    double share = segments[index].length() / whole.length();
    // A segment that is a whole number of steps but for rounding gets no more than those.
    return Math.max(1, (int) Math.ceil(share * steps * (1 - 1e-12)));
  }
}
