package org.fjordflow.ode;

/**
 * Derivatives of a scalar that depends on states of a solve: on the one at its end, or on those at
 * output times.
 *
 * @param initialState with respect to the initial state; the caller's own array
 * @param startTime with respect to the start. Where a solve had steps, they keep their relative
 *     places between the two times they are between: t_n = t_0 + s_n (t_1 - t_0) with s_n held
 *     fixed
 * @param outputTimes with respect to each output time, in the same sense; the last one is the end
 *     of the solve. A state moves with its own time; states after it do so only by errors of the
 *     steps
 * @param stats what the way back cost; one linearization counts as one evaluation
 */
@SuppressWarnings("ArrayRecordComponent") // states are large and handed over, not compared
public record AdjointGradient(
    double[] initialState, double startTime, double[] outputTimes, SolveStats stats) {

  /** The derivatives of a scalar that depends on the state at the end alone. */
  public AdjointGradient(
      double[] initialState, double startTime, double endTime, SolveStats stats) {
    this(initialState, startTime, new double[] {endTime}, stats);
  }

  /** Returns the derivative with respect to the end of the solve. */
  public double endTime() {
    return outputTimes[outputTimes.length - 1];
  }
}
