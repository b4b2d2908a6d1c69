package org.fjordflow.model;

import java.util.Arrays;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.train.Batch;

/**
 * What normal distributions reach on rows, fitted by their moments to others: what a flow should
 * surpass. Both are negative mean log-densities in nats, in the data's units. Where there is a
 * context, the second one is that of the data given the context under a normal of both together,
 * which is linear regression with normal residuals.
 *
 * @param independent one normal for each column; NaN where a column is constant
 * @param full a normal with all covariances; NaN where a column is a linear combination of others,
 *     or there are too few rows
 */
public record NormalBaselines(double independent, double full) {

  private static final double LOG_TWO_PI = Math.log(2 * Math.PI);

  /** Part of a standardised column's variance that the columns before it must leave. */
  private static final double LEAST_PIVOT = 1e-10;

  /**
   * Fits both to rows and takes them on others.
   *
   * @param fitted rows that they are fitted to, at least one, with their context. Not modified.
   * @param judged rows that they are taken on, with their context. Not modified.
   * @return NaN for both where no rows are judged
   */
  public static NormalBaselines of(Batch fitted, Batch judged) {
    double[][] all = together(fitted);
    Moments moments = Moments.of(all);
    double[][] known = moments.standardize(all);
    double[][] rows = moments.standardize(together(judged));
    int dim = fitted.rows()[0].length;
    int given = all[0].length - dim;
    double logScale = Arrays.stream(moments.standardDeviation()).skip(given).map(Math::log).sum();
    double constant = 0.5 * dim * LOG_TWO_PI + logScale;
    double independent = isAnyConstant(known, given) ? Double.NaN : constant + energy(rows, given);
    CholeskyFactor factor = CholeskyFactor.of(known, 0, LEAST_PIVOT, given);
    double full = factor == null ? Double.NaN : constant + energy(rows, given, factor);
    return new NormalBaselines(independent, full);
  }

  /**
   * Fits both to a model's rows, with its contexts as its flow has them. Of a model with whole
   * numbers or categories the first one has the shares of their values in place of normals, and
   * there is no second one.
   *
   * @param spec of the model
   * @param fitted rows in the data's units, with their contexts. Not modified.
   * @param judged others. Not modified.
   */
  static NormalBaselines of(FlowSpec spec, Batch fitted, Batch judged) {
    TableSpec table = spec.table();
    if (table == null) {
      return of(fitted, judged);
    }
    if (table.isMixed()) {
      return new NormalBaselines(independent(table, fitted, judged), Double.NaN);
    }
    Units units = new Units(spec);
    return of(units.withEncodedContexts(fitted), units.withEncodedContexts(judged));
  }

  /** Shares of the values of columns that have some, and a normal for each other column. */
  private static double independent(TableSpec table, Batch fitted, Batch judged) {
    double sum = 0;
    for (int j = 0; j < table.data().size(); j++) {
      ColumnSpec column = table.data().get(j);
      sum +=
          column.values().isEmpty()
              ? of(only(fitted, j), only(judged, j)).independent
              : surprise(column, judged.rows(), j);
    }
    return sum;
  }

  private static double surprise(ColumnSpec column, double[][] rows, int j) {
    double sum = 0;
    for (double[] row : rows) {
      int k = column.indexOf(row[j]);
      sum -= k < 0 ? Double.NEGATIVE_INFINITY : Math.log(column.shares().get(k));
    }
    return sum / rows.length;
  }

  private static Batch only(Batch batch, int column) {
    return Batch.of(
        Arrays.stream(batch.rows())
            .map(row -> new double[] {row[column]})
            .toArray(double[][]::new));
  }

  /** The better one of both; NaN where there is none. */
  public double least() {
    return Double.isNaN(full)
        ? independent
        : Double.isNaN(independent) ? full : Math.min(independent, full);
  }

  /** Rows with their context before them. */
  private static double[][] together(Batch batch) {
    double[][] context = batch.context();
    if (context == null) {
      return batch.rows();
    }
    double[][] rows = new double[batch.size()][];
    for (int i = 0; i < rows.length; i++) {
      double[] row = batch.rows()[i];
      rows[i] = Arrays.copyOf(context[i], context[i].length + row.length);
      System.arraycopy(row, 0, rows[i], context[i].length, row.length);
    }
    return rows;
  }

  private static boolean isAnyConstant(double[][] standardized, int first) {
    for (int j = first; j < standardized[0].length; j++) {
      int column = j;
      if (Arrays.stream(standardized).allMatch(row -> Math.abs(row[column]) < LEAST_PIVOT)) {
        return true;
      }
    }
    return false;
  }

  private static double energy(double[][] rows, int first) {
    double sum = 0;
    for (double[] row : rows) {
      for (int j = first; j < row.length; j++) {
        sum += row[j] * row[j];
      }
    }
    return 0.5 * sum / rows.length;
  }

  /** As above for whitened rows, with the determinant of what whitens them. */
  private static double energy(double[][] rows, int first, CholeskyFactor factor) {
    double sum = 0;
    double[] white = new double[rows.length == 0 ? 0 : rows[0].length];
    for (double[] row : rows) {
      factor.whiten(row, white);
      for (int j = first; j < white.length; j++) {
        sum += white[j] * white[j];
      }
    }
    return 0.5 * sum / rows.length + factor.logDet(first);
  }
}
