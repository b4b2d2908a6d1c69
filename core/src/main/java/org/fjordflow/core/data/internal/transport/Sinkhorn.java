package org.fjordflow.core.data.internal.transport;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** Entropic transport between equal weights, on the logarithmic scale. */
public final class Sinkhorn {

  private static final int ITERATIONS = 10_000;
  private static final int INTERVAL = 10;

  /** Greatest sum of differences of a plan's margins. */
  private static final double ERROR = 1e-6;

  private Sinkhorn() {}

  /**
   * Returns the cost of the plan with the least cost minus entropy.
   *
   * @param costs n x m. Not modified.
   * @param weight of the entropy, positive
   * @throws FjordException SOLVE_FAILED where 10,000 iterations are not enough
   */
  public static double cost(double[][] costs, double weight) {
    double sum = 0;
    double[][] plan = plan(costs, weight);
    for (int i = 0; i < plan.length; i++) {
      for (int j = 0; j < plan[i].length; j++) {
        sum += costs[i][j] * plan[i][j];
      }
    }
    return sum;
  }

  /**
   * Returns the plan with the least cost minus entropy.
   *
   * @param costs n x m. Not modified.
   * @param weight of the entropy, positive
   * @return n x m, of the sum 1; each row has the sum 1 / n, each column 1 / m
   * @throws FjordException SOLVE_FAILED where 10,000 iterations are not enough
   */
  public static double[][] plan(double[][] costs, double weight) {
    int n = costs.length;
    int m = costs[0].length;
    double[] f = new double[n];
    double[] g = new double[m];
    double[] greatest = new double[m];
    double[] sums = new double[m];
    for (int k = 0; k < ITERATIONS; k++) {
      Arrays.fill(greatest, Double.NEGATIVE_INFINITY);
      double error = 0;
      boolean judges = k % INTERVAL == 0 && k > 0;
      for (int i = 0; i < n; i++) {
        double[] cost = costs[i];
        double most = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < m; j++) {
          most = Math.max(most, g[j] - cost[j]);
        }
        double sum = 0;
        for (int j = 0; j < m; j++) {
          sum += Math.exp((g[j] - cost[j] - most) / weight);
        }
        double updated = -weight * Math.log(n) - most - weight * Math.log(sum);
        // Columns have their margins since the last update of g; rows are off by this factor.
        error += judges ? Math.abs(Math.exp((f[i] - updated) / weight) - 1) / n : 0;
        f[i] = updated;
        for (int j = 0; j < m; j++) {
          greatest[j] = Math.max(greatest[j], updated - cost[j]);
        }
      }
      if (judges && error < ERROR) {
        return plan(costs, f, g, weight);
      }
      Arrays.fill(sums, 0);
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < m; j++) {
          sums[j] += Math.exp((f[i] - costs[i][j] - greatest[j]) / weight);
        }
      }
      for (int j = 0; j < m; j++) {
        g[j] = -weight * Math.log(m) - greatest[j] - weight * Math.log(sums[j]);
      }
    }
    throw new FjordException(
        ErrorKey.SOLVE_FAILED,
        "an entropic plan of %d x %d rows was not found in %d iterations; take a larger regularisation"
            .formatted(n, m, ITERATIONS));
  }

  private static double[][] plan(double[][] costs, double[] f, double[] g, double weight) {
    double[][] plan = new double[f.length][g.length];
    for (int i = 0; i < f.length; i++) {
      for (int j = 0; j < g.length; j++) {
        plan[i][j] = Math.exp((f[i] + g[j] - costs[i][j]) / weight);
      }
    }
    return plan;
  }
}
