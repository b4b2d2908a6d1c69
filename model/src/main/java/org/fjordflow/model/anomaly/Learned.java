package org.fjordflow.model.anomaly;

/**
 * What a detector knows beside its model.
 *
 * @param scoring what makes a row unlike others
 * @param typical mean of minus the log-density of normal rows, 0 where it is not needed
 * @param contamination share of normal rows that may have been anomalies
 * @param unseen price in nats of a cell that has neither density nor probability
 * @param calibration scores of the rows held out
 * @param values of each column that are tried for reasons, increasing, at least one
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record Learned(
    Scoring scoring,
    double typical,
    double contamination,
    double unseen,
    Calibration calibration,
    double[][] values) {}
