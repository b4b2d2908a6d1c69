package org.fjordflow.cli.page;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.fjordflow.report.Interval;

/** Shares of values in bins, and how far two sets of values are apart. */
final class Counts {

  private static final int BINS = 40;
  private static final int MOST_WHOLE = 60;

  private Counts() {}

  /** Edges of bins that show nearly all of the values; whole numbers are in their middles. */
  static double[] edges(double[] values, boolean whole) {
    Interval range = Interval.around(values, 0.002, whole ? 0 : 0.04);
    if (!whole) {
      return edges(range.min(), range.length() / BINS, BINS);
    }
    double from = Math.floor(range.min());
    double count = Math.ceil(range.max()) - from + 1;
    double width = Math.max(1, Math.ceil(count / MOST_WHOLE));
    return edges(from - 0.5, width, (int) Math.ceil(count / width));
  }

  private static double[] edges(double from, double width, int bins) {
    return IntStream.rangeClosed(0, bins).mapToDouble(i -> from + i * width).toArray();
  }

  /** Shares of the finite values in equal bins, in percent. */
  static double[] percent(double[] values, double[] edges) {
    int bins = edges.length - 1;
    double width = (edges[bins] - edges[0]) / bins;
    double[] shares = new double[bins];
    long n = Arrays.stream(values).filter(Double::isFinite).count();
    for (double value : values) {
      double place = (value - edges[0]) / width;
      if (place >= 0 && place <= bins) {
        shares[Math.min(bins - 1, (int) place)] += 100.0 / n;
      }
    }
    return shares;
  }

  /** Shares of each of some values, in percent. */
  static double[] percentOf(double[] values, double[] known) {
    double[] shares = new double[known.length];
    for (double value : values) {
      for (int k = 0; k < known.length; k++) {
        shares[k] += value == known[k] ? 100.0 / values.length : 0;
      }
    }
    return shares;
  }

  /** The largest difference of two distribution functions: the statistic of Kolmogorov-Smirnov. */
  static double distance(double[] first, double[] second) {
    double[] a = sorted(first);
    double[] b = sorted(second);
    double largest = 0;
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
      largest = Math.max(largest, Math.abs((double) i / a.length - (double) j / b.length));
    }
    return largest;
  }

  /** The correlation of the ranks of two columns (Spearman), over rows that have both. */
  static double rankCorrelation(double[] x, double[] y) {
    int[] both =
        IntStream.range(0, x.length)
            .filter(i -> Double.isFinite(x[i]) && Double.isFinite(y[i]))
            .toArray();
    double[] a = ranks(Arrays.stream(both).mapToDouble(i -> x[i]).toArray());
    double[] b = ranks(Arrays.stream(both).mapToDouble(i -> y[i]).toArray());
    double middle = (both.length - 1) / 2.0;
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < both.length; i++) {
      ab += (a[i] - middle) * (b[i] - middle);
      aa += (a[i] - middle) * (a[i] - middle);
      bb += (b[i] - middle) * (b[i] - middle);
    }
    return aa > 0 && bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
  }

  /** Ranks from zero; equal values have the middle of theirs. */
  private static double[] ranks(double[] values) {
    double[] sorted = sorted(values);
    return Arrays.stream(values)
        .map(
            value -> {
              int below = below(sorted, value);
              return below + (upTo(sorted, value) - below - 1) / 2.0;
            })
        .toArray();
  }

  /** How many of sorted values are below one. */
  static int below(double[] sorted, double value) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (sorted[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** How many of sorted values are at most one. */
  static int upTo(double[] sorted, double value) {
    return below(sorted, Math.nextUp(value));
  }

  static double[] sorted(double[] values) {
    return Arrays.stream(values).filter(Double::isFinite).sorted().toArray();
  }
}
