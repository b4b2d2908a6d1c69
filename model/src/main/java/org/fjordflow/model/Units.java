package org.fjordflow.model;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.jspecify.annotations.Nullable;

/**
 * The units of a model's data and contexts: everything is standardised in double precision before
 * it is rounded to the network's type, and brought back after.
 */
final class Units {

  /** Beyond these, squares and their sums overflow. */
  private static final double FLOAT32_BOUND = 1e17;

  private static final double FLOAT64_BOUND = 1e150;

  private final int dim;
  private final @Nullable Moments data;
  private final @Nullable Moments contexts;
  private final double bound;
  private final double logDet;

  /** Creates the units of a specification. */
  public Units(FlowSpec spec) {
    this.dim = spec.dim();
    this.data = spec.moments();
    this.contexts = spec.contextMoments();
    this.bound = DType.of(spec.dtype()) == DType.FLOAT32 ? FLOAT32_BOUND : FLOAT64_BOUND;
    double sum = 0;
    for (double deviation : data == null ? new double[0] : data.standardDeviation()) {
      sum -= Math.log(deviation);
    }
    this.logDet = sum;
  }

  /** Returns what standardising adds to a log-density. */
  public double logDet() {
    return logDet;
  }

  /**
   * Standardises rows.
   *
   * @param rows n x dim. Not modified.
   * @return n x dim; the same array where nothing is to do
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE, naming row and column
   */
  double[][] toModel(double[][] rows) {
    return toModel(rows, 0);
  }

  /**
   * Standardises rows.
   *
   * @param first how many rows came before, for messages
   */
  double[][] toModel(double[][] rows, long first) {
    requireRows(rows, first);
    return data == null ? rows : data.standardize(rows);
  }

  /**
   * Checks that rows have the model's columns and are finite.
   *
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE, naming row and column
   */
  void requireRows(double[][] rows, long first) {
    for (int i = 0; i < rows.length; i++) {
      requireRow(rows[i], first + i + 1);
    }
  }

  private void requireRow(double[] row, long number) {
    if (row.length != dim) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "row %d has %d values; this model has %d columns".formatted(number, row.length, dim));
    }
    for (int j = 0; j < dim; j++) {
      if (!Double.isFinite(row[j])) {
        throw new FjordException(
            ErrorKey.NON_FINITE,
            "row %d, column %d is %s; expected finite numbers, remove such rows or fill them in"
                .formatted(number, j + 1, row[j]));
      }
    }
  }

  /**
   * Brings rows back to the data's units.
   *
   * @param rows n x dim. Not modified.
   */
  public double[][] toData(double[][] rows) {
    return data == null ? rows : data.restore(rows);
  }

  /** Standardises contexts. */
  public Context toModel(Context context) {
    return contexts == null ? context : context.standardize(contexts);
  }

  /** Standardises a batch. */
  public Batch toModel(Batch batch) {
    double[][] given = batch.context();
    double[][] rows = toModel(batch.rows());
    if (given == null) {
      return Batch.of(rows);
    }
    return new Batch(rows, contexts == null ? given : contexts.standardize(given));
  }

  /** Standardises every batch. */
  public BatchSource toModel(BatchSource batches) {
    return data == null && contexts == null
        ? batches
        : (step, size, streams) -> toModel(batches.batch(step, size, streams));
  }

  /**
   * Returns which rows can be computed with: the others are so far out that their squares overflow.
   *
   * @param standardized rows. Not modified.
   */
  public int[] computable(double[][] standardized) {
    int[] found = new int[standardized.length];
    int count = 0;
    for (int i = 0; i < found.length; i++) {
      boolean near = true;
      for (double value : standardized[i]) {
        near &= Math.abs(value) <= bound;
      }
      if (near) {
        found[count++] = i;
      }
    }
    return Arrays.copyOf(found, count);
  }
}
