package org.fjordflow.core.flow;

/**
 * Samples with their log-densities.
 *
 * @param rows the samples
 * @param logProb in nats, one a row
 * @param standardError of each log-density as an estimate over random probes; zeros where it is
 *     exact
 */
@SuppressWarnings("ArrayRecordComponent") // samples are handed over, not compared
public record Sample(double[][] rows, double[] logProb, double[] standardError) {}
