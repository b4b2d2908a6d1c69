package org.fjordflow.core.flow;

/**
 * Samples with their log-densities.
 *
 * @param rows the samples
 * @param logProb in nats, one a row
 */
@SuppressWarnings("ArrayRecordComponent") // samples are handed over, not compared
public record Sample(double[][] rows, double[] logProb) {}
