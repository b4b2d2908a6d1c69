package org.fjordflow.examples;

import java.util.Arrays;
import java.util.Comparator;

/** Area under the receiver operating characteristic. */
final class Auroc {

  private Auroc() {}

  /**
   * The chance that an anomaly has a higher score than a normal row, ties counting half: the
   * Mann-Whitney statistic, from mean ranks.
   *
   * @param scores higher for what looks more like an anomaly. Not modified.
   * @param anomalous whether each is one. Not modified.
   * @return from 0 to 1; NaN where there are no anomalies or nothing else, or a score is NaN
   */
  static double of(double[] scores, boolean[] anomalous) {
    if (Arrays.stream(scores).anyMatch(Double::isNaN)) {
      return Double.NaN;
    }
    Integer[] order = new Integer[scores.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingDouble(i -> scores[i]));
    double rankSum = 0;
    double anomalies = 0;
    int next;
    for (int first = 0; first < order.length; first = next) {
      next = first + 1;
      while (next < order.length && scores[order[next]] == scores[order[first]]) {
        next++;
      }
      double meanRank = (first + 1 + next) / 2.0;
      for (int i = first; i < next; i++) {
        if (anomalous[order[i]]) {
          rankSum += meanRank;
          anomalies++;
        }
      }
    }
    double normals = scores.length - anomalies;
    return (rankSum - anomalies * (anomalies + 1) / 2) / (anomalies * normals);
  }
}
