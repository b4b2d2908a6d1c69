package org.fjordflow.ode.internal.step;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolveStats;
import org.fjordflow.ode.SolveStatus;
import org.jspecify.annotations.Nullable;

/**
 * An interval of integration. Both directions are solved forwards in s from 0 to the interval's
 * length, with t = start + direction s: Hipparchus chooses a wrong first step for a negative
 * direction, and refuses intervals that are short in comparison with t.
 *
 * @param start start of the interval
 * @param end end of the interval, on either side of the start
 */
public record Span(double start, double end) {
  private static final double SMALLEST_STEP_ULPS = 16;

  public Span {
    if (!Double.isFinite(start) || !Double.isFinite(end) || !Double.isFinite(end - start)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "The interval of a solve is [" + start + ", " + end + "]: both ends must be finite.");
    }
  }

  public double length() {
    return Math.abs(end - start);
  }

  public double direction() {
    return end < start ? -1 : 1;
  }

  /** Returns the time t at s, and exactly the end of the interval at its length. */
  public double time(double s) {
    return s >= length() ? end : start + direction() * s;
  }

  /**
   * Returns the solution where there is nothing to solve, because the interval has no length or the
   * state no components, else null.
   *
   * @param dimension number of components of the system
   * @throws FjordException with {@link ErrorKey#SHAPE_MISMATCH} if the state has another number
   */
  public @Nullable Solution solutionWithoutSteps(int dimension, double[] initialState) {
    if (initialState.length != dimension) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "The initial state has "
              + initialState.length
              + " components, the system "
              + dimension
              + ": give as many as the system has.");
    }
    if (length() > 0 && dimension > 0) {
      return null;
    }
    return new Solution(end, initialState.clone(), SolveStats.NONE, SolveStatus.success(end));
  }

  /** Returns the step below which the times of stages stop being distinct. */
  public double smallestStep() {
    return SMALLEST_STEP_ULPS * Math.ulp(Math.max(Math.abs(start), Math.abs(end)));
  }
}
