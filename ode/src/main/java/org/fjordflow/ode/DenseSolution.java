package org.fjordflow.ode;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * A solve with its solution at all times in between, from Hipparchus' interpolators of the accepted
 * steps. It is continuous and passes through the ends of the steps, but for Adams methods, whose
 * polynomials meet the ends of their steps and miss the starts by about the tolerance.
 *
 * <p>Memory: the derivatives at all stages of every step, and the states at both ends ({@code
 * tableau().stages() + 4} arrays of the state's length a step; 5 to 22 for extrapolation, and
 * {@code previousSteps + 4} for Adams methods). Not modified after the solve, and safe for several
 * threads.
 */
public interface DenseSolution {
  /** Returns the end of the solve, which may be a failure; its statistics are those of all. */
  Solution end();

  /**
   * Returns the times of the steps' ends, from the start of the solve to the time reached: one more
   * than there are steps.
   */
  double[] stepTimes();

  /**
   * Returns the state at a time; the caller's own array.
   *
   * @param t time from the start of the interval to {@code end().time()}, both included
   * @throws FjordException with {@link ErrorKey#INVALID_ARGUMENT} for a time outside
   */
  double[] state(double t);

  /**
   * Returns dy/dt of the interpolated solution at a time; the caller's own array. It is of one
   * order less than the state.
   *
   * @param t time from the start of the interval to {@code end().time()}, both included
   * @throws FjordException with {@link ErrorKey#INVALID_ARGUMENT} for a time outside, or where the
   *     solve made no step
   */
  double[] derivative(double t);
}
