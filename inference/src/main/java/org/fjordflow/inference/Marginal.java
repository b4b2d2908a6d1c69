package org.fjordflow.inference;

import java.util.Comparator;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * What weighted draws say of one quantity.
 *
 * @param name of the quantity
 * @param mean with its Monte Carlo standard error
 * @param deviation standard deviation, with its error
 * @param low the 5 % quantile, with its error
 * @param median the 50 % quantile, with its error
 * @param high the 95 % quantile, with its error
 */
public record Marginal(
    String name, Estimate mean, Estimate deviation, Estimate low, Estimate median, Estimate high) {

  private static final double TAIL = 0.05;

  /**
   * Computes them.
   *
   * @param values of the draws. Not modified.
   * @param weights of sum one. Not modified.
   */
  static Marginal of(String name, double[] values, double[] weights) {
    double mean = 0;
    for (int i = 0; i < values.length; i++) {
      mean += weights[i] * values[i];
    }
    double variance = 0;
    double meanError = 0;
    for (int i = 0; i < values.length; i++) {
      double square = (values[i] - mean) * (values[i] - mean);
      variance += weights[i] * square;
      meanError += weights[i] * weights[i] * square;
    }
    double varianceError = 0;
    for (int i = 0; i < values.length; i++) {
      double apart = weights[i] * ((values[i] - mean) * (values[i] - mean) - variance);
      varianceError += apart * apart;
    }
    double deviation = Math.sqrt(variance);
    int[] order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> values[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    return new Marginal(
        name,
        new Estimate(mean, Math.sqrt(meanError)),
        new Estimate(deviation, deviation > 0 ? Math.sqrt(varianceError) / (2 * deviation) : 0),
        quantile(values, weights, order, TAIL),
        quantile(values, weights, order, 0.5),
        quantile(values, weights, order, 1 - TAIL));
  }

  /** A quantile; its error is half the distance of those a standard error of the share apart. */
  private static Estimate quantile(double[] values, double[] weights, int[] order, double p) {
    double q = at(values, weights, order, p);
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      double apart = weights[i] * ((values[i] <= q ? 1 : 0) - p);
      sum += apart * apart;
    }
    double error = Math.sqrt(sum);
    double upper = at(values, weights, order, Math.min(1, p + error));
    double lower = at(values, weights, order, Math.max(0, p - error));
    return new Estimate(q, (upper - lower) / 2);
  }

  private static double at(double[] values, double[] weights, int[] order, double p) {
    double sum = 0;
    for (int i : order) {
      sum += weights[i];
      if (sum >= p) {
        return values[i];
      }
    }
    return values[order[order.length - 1]];
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%-12s mean %s  deviation %s  5 %% %.4g  median %.4g  95 %% %.4g",
        name,
        mean,
        deviation,
        low.value(),
        median.value(),
        high.value());
  }
}
