package org.fjordflow.ode;

/**
 * Derivatives of a scalar that depends on the end state of a solve.
 *
 * @param initialState with respect to the initial state; the caller's own array
 * @param startTime with respect to the start of the interval. Where a solve had steps, they keep
 *     their relative places: t_n = t_0 + s_n (t_1 - t_0) with s_n held fixed
 * @param endTime with respect to the end of the interval, in the same sense
 * @param stats what the way back cost; one linearization counts as one evaluation
 */
@SuppressWarnings("ArrayRecordComponent") // states are large and handed over, not compared
public record AdjointGradient(
    double[] initialState, double startTime, double endTime, SolveStats stats) {}
