package org.fjordflow.inference.evaluation;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.hipparchus.distribution.continuous.UniformRealDistribution;
import org.hipparchus.stat.inference.KolmogorovSmirnovTest;

/**
 * Tests of Kolmogorov and Smirnov: whether columns of two samples have one distribution each. With
 * many columns some p-value is small by chance, so all are adjusted by Holm's rule (1979): where
 * nothing differs, a least adjusted one below a level is as rare as that level says.
 *
 * @param statistics greatest distance of the two distribution functions, one a column
 * @param pValues chance of a greater distance, one a column
 * @param adjusted p-values by Holm's rule, one a column
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record KolmogorovSmirnov(double[] statistics, double[] pValues, double[] adjusted) {

  /** Products of sizes up to here have exact p-values, as SciPy's; it takes time as they grow. */
  private static final long EXACT = 10_000;

  /**
   * Compares two samples column by column.
   *
   * @param first n x columns, at least two rows. Not modified.
   * @param second m x columns, at least two rows. Not modified.
   * @throws FjordException SHAPE_MISMATCH or NON_FINITE for rows that do not compare
   */
  public static KolmogorovSmirnov of(double[][] first, double[][] second) {
    TwoSamples samples = TwoSamples.of(first, second);
    if (Math.min(first.length, second.length) < 2) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "samples of %d and %d rows; expected at least two each"
              .formatted(first.length, second.length));
    }
    KolmogorovSmirnovTest test = new KolmogorovSmirnovTest();
    double[] statistics = new double[samples.columns()];
    double[] pValues = new double[samples.columns()];
    for (int j = 0; j < statistics.length; j++) {
      double[] a = column(first, j);
      double[] b = column(second, j);
      statistics[j] = test.kolmogorovSmirnovStatistic(a, b);
      pValues[j] =
          (long) a.length * b.length < EXACT
              ? test.exactP(statistics[j], a.length, b.length, false)
              : test.approximateP(statistics[j], a.length, b.length);
    }
    return new KolmogorovSmirnov(statistics, pValues, holm(pValues));
  }

  /**
   * Returns the chance that values of a uniform distribution lie as far from it as these.
   *
   * @param values in the interval, at least two. Not modified.
   * @param lower end of the interval
   * @param upper end of the interval
   */
  public static double pValueOfUniform(double[] values, double lower, double upper) {
    return new KolmogorovSmirnovTest()
        .kolmogorovSmirnovTest(new UniformRealDistribution(lower, upper), values);
  }

  /**
   * Adjusts p-values by Holm's rule: the least one times their number, the next times one fewer,
   * and so on, none below the one before it.
   *
   * @param pValues Not modified.
   * @return one for each, at most 1
   */
  public static double[] holm(double[] pValues) {
    int n = pValues.length;
    int[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted((a, b) -> Double.compare(pValues[a], pValues[b]))
            .mapToInt(i -> i)
            .toArray();
    double[] adjusted = new double[n];
    double greatest = 0;
    for (int k = 0; k < n; k++) {
      greatest = Math.max(greatest, Math.min(1, (n - k) * pValues[order[k]]));
      adjusted[order[k]] = greatest;
    }
    return adjusted;
  }

  /** Returns the least adjusted p-value: whether anything differs. */
  public double least() {
    return Arrays.stream(adjusted).min().orElseThrow();
  }

  private static double[] column(double[][] rows, int j) {
    return Arrays.stream(rows).mapToDouble(row -> row[j]).toArray();
  }
}
