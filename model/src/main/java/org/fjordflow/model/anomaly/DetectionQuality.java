package org.fjordflow.model.anomaly;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * How well scores and alarms tell anomalies, where it is known which rows are.
 *
 * @param auroc area under the receiver operating characteristic
 * @param averagePrecision area under the steps of precision over recall
 * @param found anomalies that are told
 * @param missed anomalies that are not
 * @param falseAlarms normal rows that are told
 * @param passed normal rows that are not
 */
public record DetectionQuality(
    double auroc, double averagePrecision, int found, int missed, int falseAlarms, int passed) {

  /**
   * Judges a detection.
   *
   * @param scores higher for what is less like normal rows. Not modified.
   * @param told whether each row is told as an anomaly. Not modified.
   * @param anomalous whether it is one. Not modified.
   * @throws FjordException SHAPE_MISMATCH if there are not as many of each
   */
  public static DetectionQuality of(double[] scores, boolean[] told, boolean[] anomalous) {
    requireSame(scores.length, told.length);
    int found = count(told, anomalous, true, true);
    int missed = count(told, anomalous, false, true);
    int falseAlarms = count(told, anomalous, true, false);
    int passed = count(told, anomalous, false, false);
    return new DetectionQuality(
        auroc(scores, anomalous),
        averagePrecision(scores, anomalous),
        found,
        missed,
        falseAlarms,
        passed);
  }

  private static int count(boolean[] told, boolean[] anomalous, boolean alarm, boolean anomaly) {
    requireSame(told.length, anomalous.length);
    return (int)
        IntStream.range(0, told.length)
            .filter(i -> told[i] == alarm && anomalous[i] == anomaly)
            .count();
  }

  private static void requireSame(int rows, int labels) {
    if (rows != labels) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, labels + " labels for " + rows + " rows; expected one a row");
    }
  }

  /** Returns the share of told rows that are anomalies; NaN where none is told. */
  public double precision() {
    return (double) found / (found + falseAlarms);
  }

  /** Returns the share of anomalies that are told; NaN where there are none. */
  public double recall() {
    return (double) found / (found + missed);
  }

  /** Returns the share of normal rows that are told; NaN where there are none. */
  public double falseAlarmRate() {
    return (double) falseAlarms / (falseAlarms + passed);
  }

  /**
   * The chance that an anomaly has a higher score than a normal row, ties counting half: the
   * Mann-Whitney statistic, from mean ranks.
   *
   * @param scores higher for what looks more like an anomaly. Not modified.
   * @param anomalous whether each is one. Not modified.
   * @return from 0 to 1; NaN where there are no anomalies or nothing else, or a score is NaN
   * @throws FjordException SHAPE_MISMATCH if there are not as many of each
   */
  public static double auroc(double[] scores, boolean[] anomalous) {
    requireSame(scores.length, anomalous.length);
    if (Arrays.stream(scores).anyMatch(Double::isNaN)) {
      return Double.NaN;
    }
    int[] order = falling(scores);
    double above = 0; // normal rows that the anomalies so far stand above, ties counting half
    double anomalies = 0;
    int next;
    for (int first = 0; first < order.length; first = next) {
      next = tied(scores, order, first);
      double group = anomalies(anomalous, order, first, next);
      double normals = next - first - group;
      above += normals * (anomalies + group / 2);
      anomalies += group;
    }
    return above / (anomalies * (scores.length - anomalies));
  }

  /**
   * The mean, over anomalies, of the share of anomalies among the rows that score at least as high:
   * the sum over distinct scores of the gain in recall times the precision. Rows of equal score
   * come in together, so that it does not depend on their order.
   *
   * @param scores higher for what looks more like an anomaly. Not modified.
   * @param anomalous whether each is one. Not modified.
   * @return from 0 to 1; NaN where there are no anomalies, or a score is NaN
   * @throws FjordException SHAPE_MISMATCH if there are not as many of each
   */
  public static double averagePrecision(double[] scores, boolean[] anomalous) {
    requireSame(scores.length, anomalous.length);
    if (Arrays.stream(scores).anyMatch(Double::isNaN)) {
      return Double.NaN;
    }
    int[] order = falling(scores);
    double sum = 0;
    double anomalies = 0;
    int next;
    for (int first = 0; first < order.length; first = next) {
      next = tied(scores, order, first);
      double group = anomalies(anomalous, order, first, next);
      anomalies += group;
      sum += group * anomalies / next;
    }
    return sum / anomalies;
  }

  private static int[] falling(double[] scores) {
    return IntStream.range(0, scores.length)
        .boxed()
        .sorted((i, j) -> Double.compare(scores[j], scores[i]))
        .mapToInt(Integer::intValue)
        .toArray();
  }

  /** Returns the end of the rows that have the score of the first one. */
  private static int tied(double[] scores, int[] order, int first) {
    int next = first + 1;
    while (next < order.length && scores[order[next]] == scores[order[first]]) {
      next++;
    }
    return next;
  }

  private static double anomalies(boolean[] anomalous, int[] order, int first, int next) {
    double count = 0;
    for (int k = first; k < next; k++) {
      count += anomalous[order[k]] ? 1 : 0;
    }
    return count;
  }
}
