package org.fjordflow.core.flow;

/**
 * Log-densities, and how well each is known.
 *
 * @param logProb in nats, one a row
 * @param standardError of each log-density as an estimate over random probes; zeros where it is
 *     exact
 * @param work what it cost
 */
@SuppressWarnings("ArrayRecordComponent") // results are handed over, not compared
public record LogDensity(double[] logProb, double[] standardError, Work work) {}
