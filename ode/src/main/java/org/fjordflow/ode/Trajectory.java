package org.fjordflow.ode;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * The states of one solve at output times.
 *
 * @param times the output times; the caller's own array
 * @param states the state at each output time that was reached, in the same order; fewer than times
 *     if the solve ended early
 * @param end how the solve ended, and what it cost all together; its state is the last of the
 *     states if the last output time was reached
 */
@SuppressWarnings("ArrayRecordComponent") // states are large and handed over, not compared
public record Trajectory(double[] times, double[][] states, Solution end) {
  /**
   * Returns this trajectory if it reached the last output time.
   *
   * @throws FjordException with {@link ErrorKey#SOLVE_FAILED} and the status' message otherwise
   */
  public Trajectory orThrow() {
    end.orThrow();
    return this;
  }
}
