package org.fjordflow.ode;

/**
 * Derivatives of a scalar that depends on the states at output times.
 *
 * @param initialState with respect to the initial state; the caller's own array
 * @param startTime with respect to the start. Where a solve had steps, they keep their relative
 *     places between the two times they are between
 * @param outputTimes with respect to each output time, in the same sense. A state moves with its
 *     own time; states after it do so only by errors of the steps
 * @param stats what the way back cost; one linearization counts as one evaluation
 */
@SuppressWarnings("ArrayRecordComponent") // states are large and handed over, not compared
public record TrajectoryGradient(
    double[] initialState, double startTime, double[] outputTimes, SolveStats stats) {}
