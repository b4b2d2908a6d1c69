package org.fjordflow.cnf;

import org.fjordflow.core.flow.Flow.LogDensity;

/**
 * Log-densities whose probes were chosen row by row.
 *
 * @param logDensity the log-densities
 * @param probes how many probes each row's is from, zero where the trace is exact
 */
@SuppressWarnings("ArrayRecordComponent") // results are handed over, not compared
public record ProbedLogDensity(LogDensity logDensity, int[] probes) {}
