package org.fjordflow.model;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;

/**
 * Normal noise on rows that are trained on. Where columns are rounded or constant, a density can
 * grow without bound on the values there are; with noise, what is learned is the rows' kernel
 * density estimate, whose density is bounded.
 *
 * @param deviations of the noise, one a column
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record Smoothing(double[] deviations) {

  /** The name of Scott's rule. */
  public static final String SCOTT = "scott";

  private static final int VALIDATION_COPIES = 8;

  /**
   * Returns the smoothing of rows.
   *
   * @param width in standard deviations of each column: a number of at least 0, or {@code scott}
   *     for n^(-1/(d + 4)) (Scott 1992)
   * @param rows what is trained on. Not modified.
   */
  public static Smoothing of(String width, double[][] rows) {
    double[] deviations = Moments.of(rows).standardDeviation().clone();
    double scott = Math.pow(rows.length, -1.0 / (deviations.length + 4));
    double factor = width.equals(SCOTT) ? scott : parse(width);
    for (int j = 0; j < deviations.length; j++) {
      deviations[j] *= factor;
    }
    return new Smoothing(deviations);
  }

  /**
   * Reads a width, 1 for Scott's rule.
   *
   * @throws FjordException INVALID_CONFIGURATION if it is neither a number of at least 0 nor the
   *     rule's name
   */
  public static double parse(String width) {
    try {
      double value = width.equals(SCOTT) ? 1 : Double.parseDouble(width);
      if (value >= 0 && value < Double.POSITIVE_INFINITY) {
        return value;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new FjordException(
        ErrorKey.INVALID_CONFIGURATION,
        "a noise of '" + width + "'; expected a number of at least 0, or " + SCOTT);
  }

  private boolean isNone() {
    for (double deviation : deviations) {
      if (deviation > 0) {
        return false;
      }
    }
    return true;
  }

  /** Returns the same batches with fresh noise in every step. */
  public BatchSource on(BatchSource batches) {
    return isNone() ? batches : batches.withNoise(deviations);
  }

  /**
   * Returns rows to validate on: some copies of each with noise that stays the same.
   *
   * @param rows with their context. Not modified.
   * @param random source of the noise
   */
  public Batch on(Batch rows, RandomGenerator random) {
    return isNone() ? rows : noisy(rows, VALIDATION_COPIES, random);
  }

  private Batch noisy(Batch rows, int copies, RandomGenerator random) {
    double[][] result = new double[copies * rows.size()][];
    for (int i = 0; i < result.length; i++) {
      double[] row = rows.rows()[i % rows.size()].clone();
      for (int j = 0; j < row.length; j++) {
        row[j] += deviations[j] * random.nextGaussian();
      }
      result[i] = row;
    }
    double[][] given = rows.context();
    if (given == null) {
      return Batch.of(result);
    }
    double[][] context = new double[result.length][];
    Arrays.setAll(context, i -> given[i % given.length]);
    return new Batch(result, context);
  }
}
