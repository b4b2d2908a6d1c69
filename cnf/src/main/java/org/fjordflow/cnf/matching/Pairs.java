package org.fjordflow.cnf.matching;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.data.internal.transport.Assignment;
import org.fjordflow.core.data.internal.transport.Sinkhorn;
import org.fjordflow.core.train.Batch;
import org.hipparchus.util.KthSelector;

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
      if (context != null) {
        add(costs, context, conditional.share());
      }
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
   * Adds w times the squared distance of contexts: row j of the source has that of row j of data.
   */
  private static void add(double[][] costs, double[][] context, double share) {
    double[][] apart = costs(context, context);
    double weight = weight(costs, apart, share);
    for (int i = 0; i < costs.length; i++) {
      for (int j = 0; j < costs.length; j++) {
        costs[i][j] += weight * apart[i][j];
      }
    }
  }

  /**
   * Finds the weight of contexts that leaves a share of all pairs (i, j) cheaper than (i, i). Pairs
   * of the same context are as cheap as they are at any weight.
   *
   * @param costs squared distances of rows. Not modified.
   * @param apart squared distances of contexts. Not modified.
   * @param share at least 0
   */
  static double weight(double[][] costs, double[][] apart, double share) {
    int n = costs.length;
    double[] limits = new double[n * n];
    int count = 0;
    int free = 0;
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double gain = costs[i][i] - costs[i][j];
        if (gain > 0 && apart[i][j] > 0) {
          limits[count++] = gain / apart[i][j]; // the pair is cheaper at any smaller weight
        } else if (gain > 0) {
          free++;
        }
      }
    }
    if (count == 0) {
      return 0;
    }
    long cheaper = Math.round(share * n * n) - free;
    double[] found = Arrays.copyOf(limits, count);
    return cheaper <= 0
        ? BEYOND * Arrays.stream(found).max().orElseThrow()
        : new KthSelector().select(found, null, (int) Math.max(0, count - cheaper - 1));
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
