package org.fjordflow.cli.compare;

import org.fjordflow.cli.Provenance;

/**
 * What has to be the same for results to be compared. Models and seeds may be added later.
 *
 * @param data what is trained on
 * @param preparation what was done with the rows before
 * @param noise on the rows in training, as in {@code data.noise} of a run
 * @param validation part of a file's rows for validation
 * @param test part of a file's rows for the test
 * @param testRows rows of the test
 * @param budget of each training
 * @param points scored and drawn for the times
 */
public record ComparisonSettings(
    Provenance.Data data,
    RowPreparation preparation,
    String noise,
    double validation,
    double test,
    int testRows,
    Budget budget,
    int points) {}
