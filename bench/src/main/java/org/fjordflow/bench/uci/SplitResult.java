package org.fjordflow.bench.uci;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Predictions;
import org.fjordflow.model.Recipe;

/**
 * What one model came to on the test rows of one split.
 *
 * @param set name of the set
 * @param split its number
 * @param logLikelihood mean of log p(y | x), in nats; of whole numbers the probability's
 * @param coverage part of the targets within their intervals of 90 %
 * @param bestStep of training
 * @param seconds that the fit took
 */
record SplitResult(
    String set, int split, double logLikelihood, double coverage, long bestStep, double seconds) {

  private static final double LOWER = 0.05;
  private static final double UPPER = 0.95;

  /** Points of the midpoint rule on the unit interval of a whole number. */
  private static final int POINTS = 64;

  static final String HEADER = "set,split,log_likelihood,coverage,best_step,seconds";

  String line() {
    return String.format(
        Locale.ROOT,
        "%s,%d,%.6f,%.6f,%d,%.2f",
        set,
        split,
        logLikelihood,
        coverage,
        bestStep,
        seconds);
  }

  static SplitResult parse(String line) {
    String[] cells = line.split(",", -1);
    return new SplitResult(
        cells[0],
        Integer.parseInt(cells[1]),
        Double.parseDouble(cells[2]),
        Double.parseDouble(cells[3]),
        Long.parseLong(cells[4]),
        Double.parseDouble(cells[5]));
  }

  /** Fits the training rows of a split with one thread, and scores its test rows. */
  static SplitResult of(String name, RegressionSet set, int split, Recipe recipe) throws Exception {
    FitOptions options =
        FitOptions.builder(recipe)
            .context(set.given().toArray(String[]::new))
            .threads(1)
            .seed(split)
            .build();
    RandomGenerator random = new Random(split);
    boolean whole = set.isWhole();
    Table train = whole ? spread(set.train(split), random) : set.train(split);
    Table test = set.test(split);
    Table drawn = whole ? spread(test, random) : test;
    long start = System.nanoTime();
    try (FlowModel model = FlowModel.fit(train, options)) {
      double seconds = (System.nanoTime() - start) * 1e-9;
      double[] logs = whole ? logProbabilities(model, test) : model.logProb(test);
      Predictions.Options levels = Predictions.Options.standard().withLevels(LOWER, UPPER);
      return new SplitResult(
          name,
          split,
          Arrays.stream(logs).average().orElseThrow(),
          coverage(targets(drawn), model.predict(drawn, levels)),
          model.fitted().orElseThrow().bestStep(),
          seconds);
    }
  }

  private static double[] targets(Table table) {
    return table.column(table.names().indexOf(RegressionSet.TARGET));
  }

  /** Whole targets spread over [y, y + 1), so that their density is their probability. */
  private static Table spread(Table table, RandomGenerator random) {
    return shifted(table, row -> random.nextDouble());
  }

  /** What is added to the target of a row. */
  @FunctionalInterface
  private interface Shift {
    double of(int row);
  }

  private static Table shifted(Table table, Shift shift) {
    int target = table.names().indexOf(RegressionSet.TARGET);
    double[][] rows = Arrays.stream(table.rows()).map(double[]::clone).toArray(double[][]::new);
    for (int i = 0; i < rows.length; i++) {
      rows[i][target] += shift.of(i);
    }
    return Table.of(table.names(), rows);
  }

  /** Logarithms of the integrals of the density over [y, y + 1). */
  private static double[] logProbabilities(FlowModel model, Table test) {
    double[] sums = new double[test.rowCount()];
    for (int k = 0; k < POINTS; k++) {
      double at = (k + 0.5) / POINTS;
      double[] logs = model.logProb(shifted(test, row -> at));
      for (int i = 0; i < sums.length; i++) {
        sums[i] += Math.exp(logs[i]) / POINTS;
      }
    }
    return Arrays.stream(sums).map(Math::log).toArray();
  }

  private static double coverage(double[] targets, Predictions predicted) {
    double[] lower = predicted.quantile(0, LOWER);
    double[] upper = predicted.quantile(0, UPPER);
    long inside =
        IntStream.range(0, targets.length)
            .filter(i -> lower[i] <= targets[i] && targets[i] <= upper[i])
            .count();
    return (double) inside / targets.length;
  }

  /** Mean log-likelihoods and their standard error, coverage and time of some splits. */
  static String summary(List<SplitResult> splits, double linear, double published) {
    int n = splits.size();
    double mean = splits.stream().mapToDouble(SplitResult::logLikelihood).average().orElseThrow();
    double squares =
        splits.stream().mapToDouble(s -> (s.logLikelihood - mean) * (s.logLikelihood - mean)).sum();
    double error = n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n);
    return String.format(
        Locale.ROOT,
        "| %s | %d | %.3f ± %.3f | %.3f | %.3f | %.1f %% | %.1f s |",
        splits.get(0).set,
        n,
        mean,
        error,
        linear,
        published,
        100 * splits.stream().mapToDouble(SplitResult::coverage).average().orElseThrow(),
        splits.stream().mapToDouble(SplitResult::seconds).average().orElseThrow());
  }
}
