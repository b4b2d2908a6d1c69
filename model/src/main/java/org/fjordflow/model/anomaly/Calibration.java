package org.fjordflow.model.anomaly;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * Scores of normal rows that a model has not seen, which those of other rows are compared with.
 *
 * <p>A conformal p-value is {@code (1 + #{held-out score >= score}) / (n + 1)} (Vovk, Gammerman and
 * Shafer 2005; Bates et al. 2023). If a row is exchangeable with the n rows held out, its p-value
 * is at most t with a chance of at most t, for every t, every n and every model. Equal scores count
 * as held-out ones that are higher, so this holds with ties as well; without ties the chance is
 * {@code floor(t (n + 1)) / (n + 1)}.
 */
public final class Calibration {

  /** Takes the rounding of products such as 0.07 * 100 off. */
  private static final double ROUNDING = 1e-9;

  private final double[] sorted;

  private Calibration(double[] sorted) {
    this.sorted = sorted;
  }

  /**
   * Calibrates.
   *
   * @param scores of rows held out, infinite ones among them, at least one. Not modified.
   * @throws FjordException INVALID_ARGUMENT if there are none; NON_FINITE for NaN
   */
  public static Calibration of(double[] scores) {
    if (scores.length == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "no rows are held out to calibrate by; give more rows, or hold out a larger part of them");
    }
    for (int i = 0; i < scores.length; i++) {
      if (Double.isNaN(scores[i])) {
        throw new FjordException(
            ErrorKey.NON_FINITE, "score " + (i + 1) + " of the rows held out is NaN");
      }
    }
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    return new Calibration(sorted);
  }

  /** Returns the number of rows held out. */
  public int size() {
    return sorted.length;
  }

  /** Returns the scores, from the lowest to the highest; a copy. */
  public double[] scores() {
    return sorted.clone();
  }

  /** Returns the least p-value that there is, 1 / (n + 1). */
  public double leastPValue() {
    return 1.0 / (sorted.length + 1);
  }

  /**
   * Returns the p-value of a score.
   *
   * @param score higher for what is less like normal rows
   * @return from 1 / (n + 1) to 1; NaN for NaN
   */
  public double pValue(double score) {
    return Double.isNaN(score) ? score : (1.0 + sorted.length - below(score)) / (sorted.length + 1);
  }

  /**
   * Returns the p-value of each score, as {@link #pValue}.
   *
   * @param scores Not modified.
   */
  public double[] pValues(double[] scores) {
    return Arrays.stream(scores).map(this::pValue).toArray();
  }

  /** Returns how many of the sorted scores are below one. */
  private int below(double score) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < score) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * Returns the threshold of a rate: scores above it, and no others, have a p-value of at most the
   * rate.
   *
   * @param rate between 0 and 1
   * @return the score of a row held out; positive infinity where no score is above it, negative
   *     infinity at a rate of 1
   */
  public double threshold(double rate) {
    int allowed = (int) Math.floor(rate * (sorted.length + 1) + ROUNDING);
    return allowed < 1
        ? Double.POSITIVE_INFINITY
        : allowed > sorted.length ? Double.NEGATIVE_INFINITY : sorted[sorted.length - allowed];
  }

  /**
   * Checks that a rate can be reached.
   *
   * @throws FjordException INVALID_ARGUMENT if it is not between 0 and 1, or below {@link
   *     #leastPValue}, saying how many rows it takes
   */
  public void requireReachable(double rate) {
    requireReachable(rate, sorted.length);
  }

  /**
   * Checks that a rate can be reached with so many rows held out.
   *
   * @throws FjordException as {@link #requireReachable(double)}
   */
  public static void requireReachable(double rate, int rows) {
    Alarm.requireBetween(rate, "rate");
    if (rate * (rows + 1) + ROUNDING < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a rate of %s takes at least %d normal rows held out to calibrate by, there are %d: give more rows, hold out a larger part, or take a rate of at least %s"
              .formatted(rate, (long) Math.ceil(1 / rate - 1 - ROUNDING), rows, leastRate(rows)));
    }
  }

  /** Rounded up, so that it can be reached as it is written. */
  private static double leastRate(int rows) {
    return Math.ceil(1e4 / (rows + 1)) / 1e4;
  }
}
