package org.fjordflow.model;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.jspecify.annotations.Nullable;

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
   * Returns the smoothing of rows, all of whose columns are real numbers.
   *
   * @param width in standard deviations of each column: a number of at least 0, or {@code scott}
   *     for n^(-1/(d + 4)) (Scott 1992)
   * @param rows what is trained on. Not modified.
   */
  public static Smoothing of(String width, double[][] rows) {
    return of(width, rows, List.of(), null);
  }

  /**
   * Returns the smoothing of rows. Columns of whole numbers, categories and angles, and those with
   * a scale of their own, are left as they are.
   *
   * @param width as above; after it a colon and the names or numbers (from 1) of the columns that
   *     are meant, with commas between them, or all
   * @param rows what is trained on. Not modified.
   * @param names of the columns, empty where they have none
   * @param table what the columns stand for, or null where all are real numbers
   * @throws FjordException INVALID_CONFIGURATION for a width that is none; INVALID_ARGUMENT for a
   *     column that is not there
   */
  public static Smoothing of(
      String width, double[][] rows, List<String> names, @Nullable TableSpec table) {
    double[] deviations = Moments.of(rows).standardDeviation().clone();
    double scott = Math.pow(rows.length, -1.0 / (deviations.length + 4));
    double factor = rule(width).equals(SCOTT) ? scott : parse(width);
    boolean[] meant = meant(width, deviations.length, names);
    for (int j = 0; j < deviations.length; j++) {
      boolean plain =
          table == null
              || (!table.data().get(j).isDiscrete()
                  && table.data().get(j).scale() == ColumnSpec.Scale.STANDARD);
      if (table != null && !plain && meant[j] && width.indexOf(':') >= 0) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "a noise of '%s': column '%s' has a kind or a scale that takes no noise; leave it out"
                .formatted(width, table.data().get(j).name()));
      }
      deviations[j] *= meant[j] && plain ? factor : 0;
    }
    return new Smoothing(deviations);
  }

  private static String rule(String width) {
    int colon = width.indexOf(':');
    return colon < 0 ? width : width.substring(0, colon);
  }

  private static boolean[] meant(String width, int columns, List<String> names) {
    boolean[] meant = new boolean[columns];
    int colon = width.indexOf(':');
    if (colon < 0) {
      Arrays.fill(meant, true);
      return meant;
    }
    for (String name : width.substring(colon + 1).split(",", -1)) {
      meant[ColumnRoles.index(names, columns, name.strip())] = true;
    }
    return meant;
  }

  /**
   * Reads a width, 1 for Scott's rule.
   *
   * @throws FjordException INVALID_CONFIGURATION if it is neither a number of at least 0 nor the
   *     rule's name
   */
  public static double parse(String width) {
    String rule = rule(width);
    try {
      double value = rule.equals(SCOTT) ? 1 : Double.parseDouble(rule);
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
