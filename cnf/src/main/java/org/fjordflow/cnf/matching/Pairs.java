package org.fjordflow.cnf.matching;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.cnf.matching.FlowMatching.Pairing;
import org.fjordflow.core.data.internal.transport.Assignment;
import org.fjordflow.core.data.internal.transport.Sinkhorn;
import org.fjordflow.core.train.Batch;
import org.jspecify.annotations.Nullable;

/** Pairs rows of a source with rows of data. */
final class Pairs {

  /** Weight of contexts beyond the least that no pair of different contexts gains by. */
  private static final double BEYOND = 1e3;

  private Pairs() {}

  /**
   * Pairs.
   *
   * @param source as many rows as the batch has. Not modified.
   * @param batch rows of data with their contexts. Not modified.
   * @param random for pairs that are drawn
   * @return the row of the source of each row of data
   */
  static int[] of(Pairing pairing, double[][] source, Batch batch, RandomGenerator random) {
    double[][] data = batch.rows();
    double[][] context = batch.context();
    if (pairing instanceof Pairing.Transport) {
      return Assignment.solve(costs(data, source));
    }
    if (pairing instanceof Pairing.Entropic entropic) {
      return drawn(costs(data, source), entropic.regularization(), random);
    }
    if (pairing instanceof Pairing.ConditionalTransport conditional) {
      double[][] costs = costs(data, source);
      add(costs, context, conditional.share());
      return Assignment.solve(costs);
    }
    int[] same = new int[data.length];
    Arrays.setAll(same, i -> i);
    return same;
  }

  private static int[] drawn(double[][] costs, double regularization, RandomGenerator random) {
    double mean = Arrays.stream(costs).flatMapToDouble(Arrays::stream).average().orElseThrow();
    int n = costs.length;
    int[] pairs = new int[n];
    // Rows that are all the same are as good as drawn.
    double[][] plan = mean == 0 ? new double[n][n] : Sinkhorn.plan(costs, regularization * mean);
    for (int i = 0; i < n; i++) {
      double left = random.nextDouble() * Arrays.stream(plan[i]).sum();
      int j = 0;
      while (j < n - 1 && left >= plan[i][j]) {
        left -= plan[i][j];
        j++;
      }
      pairs[i] = mean == 0 ? i : j;
    }
    return pairs;
  }

  /**
   * Adds w times the squared distance of contexts, where row j of the source has the context of row
   * j of data, and w leaves a share of all pairs cheaper than the pair (i, i).
   */
  private static void add(double[][] costs, double @Nullable [][] context, double share) {
    if (context == null) {
      return;
    }
    int n = costs.length;
    double[][] apart = costs(context, context);
    double[] limits = new double[n * n];
    int count = 0;
    int free = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double gain = costs[i][i] - costs[i][j];
        if (gain > 0 && apart[i][j] > 0) {
          limits[count++] = gain / apart[i][j]; // pairs are cheaper at smaller weights
        } else if (gain > 0) {
          free++;
        }
      }
    }
    Arrays.sort(limits, 0, count);
    int cheaper = (int) Math.round(share * n * n) - free;
    double weight =
        count == 0
            ? 0
            : cheaper <= 0 ? BEYOND * limits[count - 1] : limits[Math.max(0, count - cheaper - 1)];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        costs[i][j] += weight * apart[i][j];
      }
    }
  }

  /** Squared distances of rows. */
  static double[][] costs(double[][] first, double[][] second) {
    double[][] costs = new double[first.length][second.length];
    for (int i = 0; i < first.length; i++) {
      double[] a = first[i];
      double[] cost = costs[i];
      for (int j = 0; j < second.length; j++) {
        double[] b = second[j];
        double sum = 0;
        for (int k = 0; k < a.length; k++) {
          sum += (a[k] - b[k]) * (a[k] - b[k]);
        }
        cost[j] = sum;
      }
    }
    return costs;
  }
}
