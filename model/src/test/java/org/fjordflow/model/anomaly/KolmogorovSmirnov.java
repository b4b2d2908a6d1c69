package org.fjordflow.model.anomaly;

import java.util.Arrays;

/** Distances of distribution functions, with the chance of greater ones (Smirnov's series). */
final class KolmogorovSmirnov {

  private KolmogorovSmirnov() {}

  /** Returns the chance of a greater distance between samples of one continuous distribution. */
  static double pValue(double[] first, double[] second) {
    double[] a = first.clone();
    double[] b = second.clone();
    Arrays.sort(a);
    Arrays.sort(b);
    double distance = 0;
    int i = 0;
    int j = 0;
    while (i < a.length && j < b.length) {
      double at = Math.min(a[i], b[j]);
      while (i < a.length && a[i] <= at) {
        i++;
      }
      while (j < b.length && b[j] <= at) {
        j++;
      }
      distance = Math.max(distance, Math.abs((double) i / a.length - (double) j / b.length));
    }
    return chance(distance, (double) a.length * b.length / (a.length + b.length));
  }

  /** Returns the chance of a greater distance of a sample from the uniform distribution. */
  static double pValueOfUniform(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double distance = 0;
    for (int i = 0; i < sorted.length; i++) {
      double below = (double) i / sorted.length;
      double upTo = (i + 1.0) / sorted.length;
      distance = Math.max(distance, Math.max(sorted[i] - below, upTo - sorted[i]));
    }
    return chance(distance, sorted.length);
  }

  /** Stephens' correction makes the limit good for small samples. */
  private static double chance(double distance, double n) {
    double root = Math.sqrt(n);
    double t = distance * (root + 0.12 + 0.11 / root);
    if (t < 0.2) {
      return 1;
    }
    double sum = 0;
    for (int k = 1; k <= 100; k++) {
      sum += (k % 2 == 1 ? 2 : -2) * Math.exp(-2.0 * k * k * t * t);
    }
    return Math.min(1, Math.max(0, sum));
  }
}
