package org.fjordflow.estimators;

/**
 * Traces, and how well each is known.
 *
 * @param trace one a row
 * @param standardError of each; NaN where a single estimate does not tell
 */
@SuppressWarnings("ArrayRecordComponent") // results are handed over, not compared
public record TraceEstimate(double[] trace, double[] standardError) {}
