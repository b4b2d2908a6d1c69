package org.fjordflow.cli.compare;

import java.util.List;
import java.util.OptionalDouble;
import org.fjordflow.cli.Provenance;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;

/**
 * Rows that all models share.
 *
 * @param batches rows of each step
 * @param validation rows that the best parameters are chosen by
 * @param test rows to report on, at least one
 * @param shown rows to draw, to take moments of and to initialise by, at least one
 * @param names of the columns, empty where there are none
 * @param origin where they come from
 * @param bound mean negative log-density of the test rows under the true density, where known
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record ComparisonData(
    BatchSource batches,
    Batch validation,
    double[][] test,
    double[][] shown,
    List<String> names,
    Provenance.Data origin,
    OptionalDouble bound) {}
