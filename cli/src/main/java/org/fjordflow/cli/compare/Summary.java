package org.fjordflow.cli.compare;

import java.util.Arrays;

/**
 * A mean and how well it is known.
 *
 * @param mean of the values
 * @param standardError of the mean; NaN for fewer than two values
 */
public record Summary(double mean, double standardError) {

  /**
   * Summarises values.
   *
   * @param values Not modified.
   */
  public static Summary of(double[] values) {
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    double squares = Arrays.stream(values).map(value -> (value - mean) * (value - mean)).sum();
    int n = values.length;
    return new Summary(mean, n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n));
  }
}
