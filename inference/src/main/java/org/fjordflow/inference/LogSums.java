package org.fjordflow.inference;

import java.util.Arrays;

/** Sums of numbers that are known by their logarithms. */
final class LogSums {

  private LogSums() {}

  static double logSumExp(double[] logs) {
    return logSumExp(logs, 0, logs.length);
  }

  static double logSumExp(double[] logs, int from, int to) {
    double most = Double.NEGATIVE_INFINITY;
    for (int i = from; i < to; i++) {
      most = Math.max(most, logs[i]);
    }
    if (!Double.isFinite(most)) {
      return most;
    }
    double sum = 0;
    for (int i = from; i < to; i++) {
      sum += Math.exp(logs[i] - most);
    }
    return most + Math.log(sum);
  }

  /** Log of the mean of the numbers, with its standard error by the delta method. */
  static Estimate logMeanExp(double[] logs) {
    int n = logs.length;
    double log = logSumExp(logs) - Math.log(n);
    double squares = 0;
    for (double l : logs) {
      double ratio = Math.expm1(l - log);
      squares += ratio * ratio;
    }
    return new Estimate(log, Math.sqrt(squares / ((double) n * Math.max(1, n - 1))));
  }

  /** The mean of numbers. */
  static Estimate mean(double[] values) {
    double mean = Arrays.stream(values).average().orElse(Double.NaN);
    double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
    int n = values.length;
    return new Estimate(mean, Math.sqrt(squares / ((double) n * Math.max(1, n - 1))));
  }
}
