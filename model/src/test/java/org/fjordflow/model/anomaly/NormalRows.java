package org.fjordflow.model.anomaly;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;

/** Rows of a normal distribution whose columns depend on each other: a few factors and noise. */
final class NormalRows {

  private final double[][] loadings;
  private final double noise;

  /** Makes a distribution: factors are drawn from the seed. */
  NormalRows(int columns, int factors, double noise, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    this.loadings = new double[columns][factors];
    for (double[] row : loadings) {
      Arrays.setAll(row, k -> random.nextGaussian() / Math.sqrt(factors));
    }
    this.noise = noise;
  }

  int columns() {
    return loadings.length;
  }

  double[][] sample(int n, RandomGenerator random) {
    double[][] rows = new double[n][loadings.length];
    for (double[] row : rows) {
      double[] factors = new double[loadings[0].length];
      Arrays.setAll(factors, k -> random.nextGaussian());
      for (int j = 0; j < row.length; j++) {
        double[] own = loadings[j];
        row[j] =
            noise * random.nextGaussian()
                + IntStream.range(0, own.length).mapToDouble(k -> own[k] * factors[k]).sum();
      }
    }
    return rows;
  }

  Table table(int n, RandomGenerator random) {
    return Table.of(
        IntStream.range(0, columns()).mapToObj(j -> "c" + j).toList(), sample(n, random));
  }
}
