package org.fjordflow.model;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Failures.Failure;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.model.Units.Prepared;

/**
 * Log-densities of rows with whole numbers or categories: the weighted sum of the flow's density
 * over the points that stand for a row. Its logarithm is at most that of the probability on
 * average, and comes closer with every point (Burda, Grosse and Salakhutdinov 2016). Of images it
 * is the mean of log-densities, as bits per dimension are published.
 */
final class MixedScores {

  /** Scores rows that have been prepared. */
  @FunctionalInterface
  interface Scores {
    LogDensity of(Prepared rows, Context given, RandomGenerator random, Failures failures);
  }

  private final Units units;
  private final Scores scores;
  private final int slice;

  MixedScores(Units units, Scores scores, int chunkRows) {
    this.units = units;
    this.scores = scores;
    this.slice = Math.max(1, chunkRows / units.points());
  }

  /**
   * Scores rows.
   *
   * @param failures takes those that could not be solved, which are NaN. Modified.
   */
  LogDensity score(double[][] rows, Context context, RandomGenerator random, Failures failures) {
    double[] logProb = new double[rows.length];
    double[] errors = new double[rows.length];
    Work work = new Work();
    for (int from = 0; from < rows.length; from += slice) {
      int to = Math.min(rows.length, from + slice);
      LogDensity some = slice(rows, context, random, failures, from, to);
      System.arraycopy(some.logProb(), 0, logProb, from, to - from);
      System.arraycopy(some.standardError(), 0, errors, from, to - from);
      work.add(some.work());
    }
    return new LogDensity(logProb, errors, work);
  }

  private LogDensity slice(
      double[][] rows,
      Context context,
      RandomGenerator random,
      Failures failures,
      int from,
      int to) {
    int points = units.points();
    int n = to - from;
    double[][] some = Arrays.copyOfRange(rows, from, to);
    double[][] z = new double[n * points][];
    double[] logDet = new double[n * points];
    for (int k = 0; k < points; k++) {
      Prepared prepared = units.prepare(some, k);
      for (int i = 0; i < n; i++) {
        z[i * points + k] = prepared.rows()[i];
        logDet[i * points + k] = prepared.logDet()[i];
      }
    }
    int[] indices = new int[n];
    Arrays.setAll(indices, i -> from + i);
    Context given = units.toModel(context.select(indices)).repeat(points);
    Failures failed = new Failures();
    LogDensity all = scores.of(new Prepared(z, logDet), given, random, failed);
    for (Failure one : failed.list()) {
      failures.add(new Failure(from + one.row() / points, one.overflow(), one.reason()));
    }
    double[] logProb = new double[n];
    double[] errors = new double[n];
    for (int i = 0; i < n; i++) {
      if (units.averages()) {
        average(all, i * points, points, logProb, errors, i);
      } else {
        mean(all, i * points, points, logProb, errors, i);
      }
    }
    return new LogDensity(logProb, errors, all.work());
  }

  /** The mean of log-densities, and its error, which that of each of them is part of. */
  private static void average(
      LogDensity all, int from, int points, double[] logProb, double[] errors, int into) {
    double sum = 0;
    for (int k = from; k < from + points; k++) {
      sum += all.logProb()[k];
    }
    double mean = sum / points;
    double squares = 0;
    for (int k = from; k < from + points; k++) {
      double off = all.logProb()[k] - mean;
      squares += off * off;
    }
    logProb[into] = mean;
    errors[into] =
        points < 2
            ? Double.NaN
            : Double.isInfinite(mean) ? 0 : Math.sqrt(squares / (points - 1) / points);
  }

  /** The logarithm of the mean of densities, and its error to first order. */
  private static void mean(
      LogDensity all, int from, int points, double[] logProb, double[] errors, int into) {
    double greatest = Double.NEGATIVE_INFINITY;
    for (int k = from; k < from + points; k++) {
      greatest = Math.max(greatest, all.logProb()[k]);
    }
    if (greatest == Double.NEGATIVE_INFINITY) {
      logProb[into] = greatest;
      return;
    }
    double sum = 0;
    double squares = 0;
    for (int k = from; k < from + points; k++) {
      double weight = Math.exp(all.logProb()[k] - greatest);
      sum += weight;
      double part = weight * all.standardError()[k];
      squares += part * part;
    }
    logProb[into] = greatest + Math.log(sum);
    errors[into] = Math.sqrt(squares) / sum;
  }
}
