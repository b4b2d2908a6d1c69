package org.fjordflow.inference;

import java.util.Locale;

/**
 * A number that was estimated from draws.
 *
 * @param value the estimate
 * @param error its Monte Carlo standard error
 */
public record Estimate(double value, double error) {
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.6g ± %.2g", value, error);
  }
}
