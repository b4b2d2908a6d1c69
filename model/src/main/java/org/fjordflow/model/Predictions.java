package org.fjordflow.model;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * What a model expects of each row given its context: means, standard deviations and quantiles of
 * each column, in the data's units, and probabilities of the values of categories and answers. Text
 * has no means and no quantiles, NaN.
 *
 * @param levels of the quantiles, increasing, each between 0 and 1
 * @param mean [row][column]. Not copied.
 * @param deviation standard deviations, [row][column]. Not copied.
 * @param quantile [row][column][level]. Not copied.
 * @param categories of each column of categories or answers, in the order of columns
 * @param exact whether they were computed; else they are those of samples
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record Predictions(
    List<Double> levels,
    double[][] mean,
    double[][] deviation,
    double[][][] quantile,
    List<Categories> categories,
    boolean exact) {

  /** Copies the lists. */
  public Predictions {
    levels = List.copyOf(levels);
    categories = List.copyOf(categories);
  }

  /**
   * The probabilities of the values of one column.
   *
   * @param column its number, from zero
   * @param values as a table writes them, such as {@code red}
   * @param probability [row][value], together 1 in each row; NaN where a row has none. Not copied.
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  public record Categories(int column, List<String> values, double[][] probability) {

    /** Copies the values. */
    public Categories {
      values = List.copyOf(values);
    }

    /**
     * Returns the number of the most probable value of each row, from zero, the first one of equal
     * ones; -1 where a row has no probabilities.
     */
    public int[] modes() {
      return Arrays.stream(probability).mapToInt(Categories::mode).toArray();
    }

    private static int mode(double[] shares) {
      int most = Double.isNaN(shares[0]) ? -1 : 0;
      for (int k = 1; k < shares.length && most >= 0; k++) {
        most = shares[k] > shares[most] ? k : most;
      }
      return most;
    }

    private Categories select(int[] rows) {
      return new Categories(
          column,
          values,
          Arrays.stream(rows).mapToObj(i -> probability[i]).toArray(double[][]::new));
    }
  }

  /**
   * Returns the probabilities of the values of a column.
   *
   * @param column from zero
   * @return empty for a column that is no category
   */
  public Optional<Categories> categories(int column) {
    return categories.stream().filter(one -> one.column() == column).findFirst();
  }

  /** Returns the number of rows. */
  public int rows() {
    return mean.length;
  }

  /**
   * Returns the quantiles of one column at one level.
   *
   * @param column from zero
   * @param level one of {@link #levels()}
   * @return one a row
   * @throws FjordException INVALID_ARGUMENT, naming those there are, for another level
   */
  public double[] quantile(int column, double level) {
    int index = levels.indexOf(level);
    if (index < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "no quantile at level " + level + "; the levels are " + levels);
    }
    return Arrays.stream(quantile).mapToDouble(row -> row[column][index]).toArray();
  }

  /**
   * Returns the predictions of some rows.
   *
   * @param rows their numbers, from zero. Not modified.
   */
  public Predictions select(int[] rows) {
    return new Predictions(
        levels,
        Arrays.stream(rows).mapToObj(i -> mean[i]).toArray(double[][]::new),
        Arrays.stream(rows).mapToObj(i -> deviation[i]).toArray(double[][]::new),
        Arrays.stream(rows).mapToObj(i -> quantile[i]).toArray(double[][][]::new),
        categories.stream().map(one -> one.select(rows)).toList(),
        exact);
  }

  /** Makes a row NaN. */
  void forget(int row, int columns) {
    withoutMoments(row, columns);
    categories.forEach(one -> one.probability()[row] = nan(one.values().size()));
  }

  /** Makes means, deviations and quantiles of a row NaN. */
  void withoutMoments(int row, int columns) {
    mean[row] = nan(columns);
    deviation[row] = nan(columns);
    quantile[row] = new double[columns][];
    Arrays.setAll(quantile[row], column -> nan(levels.size()));
  }

  private static double[] nan(int n) {
    double[] values = new double[n];
    Arrays.fill(values, Double.NaN);
    return values;
  }

  /**
   * Returns the share of observations in a central interval.
   *
   * @param column from zero
   * @param probability of the interval, whose ends are among the levels
   * @param observed one a row. Not modified.
   * @throws FjordException INVALID_ARGUMENT for another level; SHAPE_MISMATCH for another number of
   *     observations
   */
  public double coverage(int column, double probability, double[] observed) {
    double[] lower = quantile(column, Options.rounded((1 - probability) / 2));
    double[] upper = quantile(column, Options.rounded((1 + probability) / 2));
    requireRows(observed);
    return IntStream.range(0, observed.length)
            .filter(i -> observed[i] >= lower[i] && observed[i] <= upper[i])
            .count()
        / (double) observed.length;
  }

  /**
   * Returns the share of observations at or below the quantile of each level: the level itself
   * where predictions are calibrated (Dawid 1984).
   *
   * @param column from zero
   * @param observed one a row. Not modified.
   * @throws FjordException SHAPE_MISMATCH for another number of observations
   */
  public double[] sharesBelow(int column, double[] observed) {
    requireRows(observed);
    double[] shares = new double[levels.size()];
    for (int k = 0; k < shares.length; k++) {
      int level = k;
      shares[k] =
          IntStream.range(0, observed.length)
                  .filter(i -> observed[i] <= quantile[i][column][level])
                  .count()
              / (double) observed.length;
    }
    return shares;
  }

  private void requireRows(double[] observed) {
    if (observed.length != rows() || observed.length == 0) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, observed.length + " observations of " + rows() + " rows");
    }
  }

  /**
   * What is asked for.
   *
   * @param levels of the quantiles, each between 0 and 1; sorted, and each kept once
   * @param samples drawn for each row where quantiles are not computed, at least 2
   * @param seed of these samples
   */
  public record Options(List<Double> levels, int samples, long seed) {

    /**
     * Checks the values.
     *
     * @throws FjordException INVALID_ARGUMENT for a level that is not between 0 and 1, or fewer
     *     samples
     */
    public Options {
      levels = levels.stream().sorted().distinct().toList();
      for (double level : levels) {
        if (!(level > 0 && level < 1)) {
          throw new FjordException(
              ErrorKey.INVALID_ARGUMENT,
              "a quantile at level " + level + "; expected a number between 0 and 1");
        }
      }
      if (samples < 2) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "predictions from " + samples + " samples a row; expected at least 2");
      }
    }

    /** The median, the quartiles and an interval of 90 %, from 1,000 samples where needed. */
    public static Options standard() {
      return new Options(List.of(0.05, 0.25, 0.5, 0.75, 0.95), 1_000, 0);
    }

    /**
     * The median and the ends of central intervals.
     *
     * @param coverages of the intervals, such as 0.9 for the levels 0.05 and 0.95
     */
    public Options withIntervals(double... coverages) {
      double[] ends =
          Arrays.stream(coverages)
              .flatMap(c -> DoubleStream.of(rounded((1 - c) / 2), rounded((1 + c) / 2)))
              .toArray();
      List<Double> all =
          DoubleStream.concat(DoubleStream.of(0.5), Arrays.stream(ends)).boxed().toList();
      return new Options(all, samples, seed);
    }

    /** Without what subtraction adds: 0.05 and not 0.04999999999999999. */
    private static double rounded(double level) {
      return Math.rint(level * 1e12) / 1e12;
    }

    /** The same with quantiles at other levels. */
    public Options withLevels(double... values) {
      return new Options(Arrays.stream(values).boxed().toList(), samples, seed);
    }

    /** The same with another number of samples a row. */
    public Options withSamples(int value) {
      return new Options(levels, value, seed);
    }

    /** The same with another seed. */
    public Options withSeed(long value) {
      return new Options(levels, samples, value);
    }
  }
}
