package org.fjordflow.model.anomaly;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * What an {@link AnomalyDetector} says of the rows of a file.
 *
 * @param logProb log-densities, in nats
 * @param score higher for what is less like normal rows, in nats; NaN for rows without one, which
 *     are not told and come last
 * @param pValue conformal p-values, see {@link Calibration}
 * @param anomaly whether a row is told as an anomaly
 * @param threshold scores above it are told, and no others; positive infinity where none is
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record Detection(
    double[] logProb, double[] score, double[] pValue, boolean[] anomaly, double threshold) {

  /**
   * Compares scores with a calibration.
   *
   * @param logProb of the rows. Not modified.
   * @param score of the rows. Not modified.
   * @param calibration what normal rows have
   * @param alarm which rows are told
   */
  public static Detection of(
      double[] logProb, double[] score, Calibration calibration, Alarm alarm) {
    double[] pValue = calibration.pValues(score);
    boolean[] flags = alarm.flags(pValue);
    double bound = alarm instanceof Alarm.Rate rate ? rate.rate() : alarm.greatest(pValue);
    return new Detection(logProb, score, pValue, flags, calibration.threshold(bound));
  }

  /** Returns the number of rows. */
  public int size() {
    return score.length;
  }

  /** Returns how many rows are told as anomalies. */
  public int count() {
    return (int) IntStream.range(0, anomaly.length).filter(i -> anomaly[i]).count();
  }

  /** Returns the rows from the highest score to the lowest, equal ones in the order of the file. */
  public int[] order() {
    return IntStream.range(0, score.length)
        .boxed()
        .sorted((i, j) -> Double.compare(orLast(score[j]), orLast(score[i])))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private static double orLast(double score) {
    return Double.isNaN(score) ? Double.NEGATIVE_INFINITY : score;
  }

  /** Returns the rank of each row, 1 for the highest score; rows of equal score have one rank. */
  public int[] ranks() {
    int[] order = order();
    int[] ranks = new int[order.length];
    for (int k = 0; k < order.length; k++) {
      boolean tied = k > 0 && score[order[k]] == score[order[k - 1]];
      ranks[order[k]] = tied ? ranks[order[k - 1]] : k + 1;
    }
    return ranks;
  }

  /** Returns the numbers of the rows that are told, from 0, in the order of the file. */
  public int[] flagged() {
    return IntStream.range(0, anomaly.length).filter(i -> anomaly[i]).toArray();
  }

  @Override
  public String toString() {
    return "Detection[%d of %d rows, scores up to %s, threshold %s]"
        .formatted(count(), size(), Arrays.stream(score).max().orElse(Double.NaN), threshold);
  }
}
