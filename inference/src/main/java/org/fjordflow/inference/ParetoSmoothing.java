package org.fjordflow.inference;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Pareto smoothed importance sampling (Vehtari, Simpson, Gelman, Yao and Gabry 2024): the largest
 * weights are replaced by quantiles of a generalised Pareto distribution that is fitted to them.
 * Its shape k says how heavy their tail is: above 0.7 estimates cannot be relied on, unless the
 * tail is next to nothing. k does not depend on the tail's scale, so that of weights that are all
 * nearly equal it says how their last differences are distributed, and may be anything.
 *
 * @param k shape of the tail; infinite where fewer than 5 weights are in it, minus infinity where
 *     all in it are equal
 * @param tailShare part of all weight that lies in the tail beyond where it begins, by the mean of
 *     the distribution, sigma / (1 - k): what is at stake where k is large. It is 1 for k of 1 and
 *     above, which have no mean
 * @param logWeights smoothed, in the order given, of sum one
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record ParetoSmoothing(double k, double tailShare, double[] logWeights) {

  /** Above this, estimates by importance sampling are not to be relied on. */
  public static final double LIMIT = 0.7;

  /**
   * A tail of this part of all weight, or less, is next to nothing, whatever its shape: even where
   * its draws are ten deviations from a mean it moves it by a tenth of one.
   */
  public static final double SMALL_TAIL = 0.01;

  private static final int LEAST_TAIL = 5;

  /**
   * Shape and scale of a generalised Pareto distribution.
   *
   * @param k its shape, positive for heavy tails
   * @param sigma its scale
   */
  record Tail(double k, double sigma) {}

  /** Returns whether estimates can be relied on: k is at most its limit, or the tail is small. */
  public boolean isReliable() {
    return k <= LIMIT || tailShare <= SMALL_TAIL;
  }

  /**
   * Smooths weights.
   *
   * @param logWeights logarithms of the weights, up to a constant; negative infinity for none. Not
   *     modified.
   */
  public static ParetoSmoothing of(double[] logWeights) {
    int n = logWeights.length;
    double most = Arrays.stream(logWeights).max().orElse(Double.NaN);
    double[] smoothed = Arrays.stream(logWeights).map(w -> w - most).toArray();
    int tail = (int) Math.ceil(Math.min(0.2 * n, 3 * Math.sqrt(n)));
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> smoothed[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double k = Double.POSITIVE_INFINITY;
    double inTail = Double.POSITIVE_INFINITY;
    if (tail >= LEAST_TAIL && n > tail) {
      double cutoff = Math.exp(smoothed[order[n - tail - 1]]);
      double[] above = new double[tail];
      for (int i = 0; i < tail; i++) {
        above[i] = Math.exp(smoothed[order[n - tail + i]]) - cutoff;
      }
      if (!(above[tail - 1] > above[0]) || above[tail - 1] < 1e-12) {
        // All weights are equal to rounding: there is no tail.
        k = Double.NEGATIVE_INFINITY;
        inTail = 0;
      } else {
        Tail fitted = fit(above);
        k = fitted.k();
        inTail = k < 1 ? tail * fitted.sigma() / (1 - k) : Double.POSITIVE_INFINITY;
        smooth(smoothed, order, tail, cutoff, fitted);
      }
    }
    double sum = LogSums.logSumExp(smoothed);
    double share = Math.min(1, inTail / Math.exp(sum));
    return new ParetoSmoothing(k, share, Arrays.stream(smoothed).map(w -> w - sum).toArray());
  }

  private static void smooth(double[] logs, int[] order, int tail, double cutoff, Tail fitted) {
    if (!Double.isFinite(fitted.k())) {
      return;
    }
    for (int i = 0; i < tail; i++) {
      double p = (i + 0.5) / tail;
      double quantile =
          Math.abs(fitted.k()) < 1e-12
              ? -fitted.sigma() * Math.log1p(-p)
              : fitted.sigma() * Math.expm1(-fitted.k() * Math.log1p(-p)) / fitted.k();
      logs[order[logs.length - tail + i]] = Math.min(0, Math.log(cutoff + quantile));
    }
  }

  /**
   * Fits exceedances by the mean of a profile posterior (Zhang and Stephens 2009), its shape drawn
   * to 0.5 as by ten observations.
   *
   * @param above in ascending order, at least 5. Not modified.
   */
  static Tail fit(double[] above) {
    int n = above.length;
    int points = 30 + (int) Math.sqrt(n);
    double quartile = above[Math.max(0, (int) (n / 4.0 + 0.5) - 1)];
    double[] theta = new double[points];
    double[] logLikelihood = new double[points];
    for (int j = 0; j < points; j++) {
      theta[j] =
          1 / above[n - 1] + (1 - Math.sqrt(points / (j + 0.5))) / (3 * Math.max(quartile, 1e-300));
      double shape = shape(theta[j], above);
      logLikelihood[j] = n * (Math.log(-theta[j] / shape) - shape - 1);
    }
    double sum = LogSums.logSumExp(logLikelihood);
    double mean = 0;
    for (int j = 0; j < points; j++) {
      mean += Math.exp(logLikelihood[j] - sum) * theta[j];
    }
    double k = shape(mean, above);
    double sigma = -k / mean;
    return new Tail((k * n + 10 * 0.5) / (n + 10), sigma);
  }

  private static double shape(double theta, double[] above) {
    double sum = 0;
    for (double x : above) {
      sum += Math.log1p(-theta * x);
    }
    return sum / above.length;
  }
}
