package org.fjordflow.inference.simulation;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Table;

/** The draws of a {@link PosteriorCalibration}, some simulations at once. */
final class CalibrationRun {

  /** Draws that are held at once. */
  private static final int CHUNK = 100_000;

  private CalibrationRun() {}

  static PosteriorCalibration of(
      PosteriorEstimator estimator, Table simulations, int draws, RandomGenerator random) {
    double[][] truths = Simulations.select(simulations, estimator.parameters()).rows();
    double[][] given = estimator.given(simulations);
    Moments moments = Moments.of(truths);
    int n = truths.length;
    double[][] ranks = new double[n][];
    double[] density = new double[n];
    double[] tarp = new double[n];
    int together = Math.max(1, CHUNK / draws);
    for (int from = 0; from < n; from += together) {
      int to = Math.min(n, from + together);
      double[][] rows = repeated(Arrays.copyOfRange(given, from, to), draws);
      double[][] drawn = estimator.sample(rows, random);
      double[] logs = estimator.logProb(drawn, rows);
      double[] own =
          estimator.logProb(
              Arrays.copyOfRange(truths, from, to), Arrays.copyOfRange(given, from, to));
      for (int i = from; i < to; i++) {
        int first = (i - from) * draws;
        double[][] mine = Arrays.copyOfRange(drawn, first, first + draws);
        double log = own[i - from];
        long denser =
            Arrays.stream(logs, first, first + draws).filter(value -> value > log).count();
        density[i] = level(denser, draws, random);
        ranks[i] = ranks(truths[i], mine, random);
        double[] point = truths[(i + 1) % n];
        double distance = distance(moments, truths[i], point);
        long nearer =
            Arrays.stream(mine).filter(row -> distance(moments, row, point) < distance).count();
        tarp[i] = level(nearer, draws, random);
      }
    }
    return new PosteriorCalibration(ranks, density, tarp);
  }

  private static double[] ranks(double[] truth, double[][] drawn, RandomGenerator random) {
    double[] ranks = new double[truth.length];
    for (int j = 0; j < truth.length; j++) {
      int column = j;
      long below = Arrays.stream(drawn).filter(row -> row[column] < truth[column]).count();
      ranks[j] = level(below, drawn.length, random);
    }
    return ranks;
  }

  /** A rank is uniform on 0 to the number of draws, so that this is on (0, 1). */
  private static double level(long rank, int draws, RandomGenerator random) {
    return (rank + random.nextDouble()) / (draws + 1);
  }

  private static double distance(Moments moments, double[] a, double[] b) {
    double sum = 0;
    for (int j = 0; j < a.length; j++) {
      double difference = (a[j] - b[j]) / moments.standardDeviation()[j];
      sum += difference * difference;
    }
    return sum;
  }

  private static double[][] repeated(double[][] rows, int times) {
    double[][] result = new double[rows.length * times][];
    Arrays.setAll(result, i -> rows[i / times]);
    return result;
  }
}
