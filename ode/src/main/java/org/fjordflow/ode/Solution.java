package org.fjordflow.ode;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * The end of a solve, whether it reached its goal or not.
 *
 * @param time the time reached: the end of the interval for a success, else the end of the last
 *     accepted step
 * @param state the state at that time; the caller's own array
 * @param stats what it cost
 * @param status how it ended
 */
@SuppressWarnings("ArrayRecordComponent") // states are large and handed over, not compared
public record Solution(double time, double[] state, SolveStats stats, SolveStatus status) {
  /**
   * Returns this solution if it reached the end of its interval.
   *
   * @throws FjordException with {@link ErrorKey#SOLVE_FAILED} and the status' message otherwise
   */
  public Solution orThrow() {
    if (!status.isSuccess()) {
      throw new FjordException(ErrorKey.SOLVE_FAILED, status.message());
    }
    return this;
  }
}
