package org.fjordflow.model;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Failures.Failure;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.hipparchus.distribution.continuous.NormalDistribution;

/** Means, deviations and quantiles of rows, given the context of each. */
final class Predicting {

  /** Points of the base by which moments of one column are integrated. */
  private static final int NODES = 161;

  /** The outermost of them; beyond lies a billionth of the probability. */
  private static final double FAR = 6;

  /** Rows that are computed at once. */
  private static final int CHUNK = 1 << 17;

  private static final NormalDistribution NORMAL = new NormalDistribution(0, 1);

  private final FlowSpec spec;
  private final Predictions.Options options;

  private Predicting(FlowSpec spec, Predictions.Options options) {
    this.spec = spec;
    this.options = options;
  }

  /**
   * Predicts rows, all of them.
   *
   * @param contexts of each row; rows of no columns for an unconditional flow. Not modified.
   * @throws FjordException NON_FINITE, INVALID_ARGUMENT or SOLVE_FAILED, naming the first row that
   *     cannot be predicted
   */
  static Predictions of(Evaluation evaluation, double[][] contexts, Predictions.Options options) {
    evaluation.requireContexts(contexts);
    Failures failures = new Failures();
    Predictions all = of(evaluation, contexts, options, failures);
    if (!failures.list().isEmpty()) {
      Failure first = failures.list().get(0);
      throw new FjordException(
          first.overflow() ? ErrorKey.NON_FINITE : ErrorKey.SOLVE_FAILED,
          "row %d: %s; leave it out, or load the model in float64"
              .formatted(first.row() + 1, first.reason()));
    }
    return all;
  }

  /**
   * Predicts rows.
   *
   * @param contexts of each row; rows of no columns for an unconditional flow. Not modified.
   * @param failures takes rows that cannot be predicted, which are NaN; those in it already are
   *     left out. Modified.
   */
  static Predictions of(
      Evaluation evaluation, double[][] contexts, Predictions.Options options, Failures failures) {
    StandIns sound = StandIns.of(evaluation.soundContexts(contexts, failures), contexts.length);
    Failures some = new Failures();
    Predictions all =
        sound.isEmpty()
            ? empty(evaluation.spec(), contexts.length, options, false)
            : ofSound(evaluation, sound.rows(contexts), options, some);
    sound.tell(some, failures);
    failures.list().forEach(one -> all.forget(one.row(), evaluation.spec().dim()));
    return all;
  }

  private static Predictions empty(
      FlowSpec spec, int n, Predictions.Options options, boolean exact) {
    return new Predictions(
        options.levels(),
        new double[n][],
        new double[n][],
        new double[n][][],
        CategoryShares.empty(spec, n),
        exact);
  }

  private static Predictions ofSound(
      Evaluation evaluation, double[][] contexts, Predictions.Options options, Failures failures) {
    FlowSpec spec = evaluation.spec();
    boolean text = spec.dim() == 1 && CategoryShares.isText(spec, 0);
    boolean normal =
        spec.dim() == 1 && spec.circular().isEmpty() && spec.base() instanceof BaseConfig.Normal;
    boolean exact = text || normal;
    Predicting predicting = new Predicting(spec, options);
    double[] base = exact ? predicting.basePoints() : new double[0];
    RandomGenerator random = new RandomStreams(options.seed()).generator(Purpose.SAMPLES);
    int n = contexts.length;
    Predictions all = empty(spec, n, options, exact);
    if (spec.dim() == 1) {
      for (Predictions.Categories one : all.categories()) {
        if (normal) {
          CategoryShares.compute(evaluation, contexts, one, failures);
        } else {
          RandomGenerator probes = new RandomStreams(options.seed()).generator(Purpose.PROBES);
          CategoryShares.score(evaluation, contexts, one, probes, failures);
        }
      }
    }
    if (text) {
      for (int i = 0; i < n; i++) {
        all.withoutMoments(i, 1);
      }
      return all;
    }
    int each = exact ? base.length : options.samples();
    int step = Math.max(1, CHUNK / each);
    for (int from = 0; from < n; from += step) {
      int count = Math.min(step, n - from);
      Context given =
          CategoryShares.repeated(contexts, from, count, each, evaluation.contextSize());
      Failures failed = new Failures();
      double[][] drawn =
          exact
              ? evaluation.mapping().fromBase(repeated(base, count), given, failed)
              : evaluation.mapping().sample(count * each, given, random);
      for (Failure one : failed.list()) {
        failures.add(new Failure(from + one.row() / each, one.overflow(), one.reason()));
      }
      for (int i = 0; i < count; i++) {
        double[][] own = Arrays.copyOfRange(drawn, i * each, (i + 1) * each);
        predicting.fill(all, from + i, own);
        if (spec.dim() > 1) {
          CategoryShares.count(all.categories(), from + i, spec.table(), own);
        }
      }
    }
    return all;
  }

  private static double[][] repeated(double[] points, int count) {
    return IntStream.range(0, count * points.length)
        .mapToObj(i -> new double[] {points[i % points.length]})
        .toArray(double[][]::new);
  }

  /**
   * Points of the base: equally spaced ones for the moments, then those of the quantiles, and those
   * again with the other sign.
   */
  private double[] basePoints() {
    int levels = options.levels().size();
    double[] points = Arrays.copyOf(nodes(), NODES + 2 * levels);
    for (int k = 0; k < levels; k++) {
      points[NODES + k] = NORMAL.inverseCumulativeProbability(options.levels().get(k));
      points[NODES + levels + k] = -points[NODES + k];
    }
    return points;
  }

  private static double[] nodes() {
    return IntStream.range(0, NODES).mapToDouble(i -> FAR * (2.0 * i / (NODES - 1) - 1)).toArray();
  }

  private void fill(Predictions all, int row, double[][] own) {
    all.withoutMoments(row, spec.dim());
    for (int j = 0; j < spec.dim(); j++) {
      int column = j;
      if (CategoryShares.isText(spec, j)) {
        continue;
      }
      double[] values = Arrays.stream(own).mapToDouble(x -> x[column]).toArray();
      if (all.exact()) {
        double[] weights = Arrays.stream(nodes()).map(NORMAL::density).toArray();
        moments(all, row, j, Arrays.copyOf(values, NODES), weights);
        all.quantile()[row][j] = ordered(values);
      } else {
        double[] weights = new double[values.length];
        Arrays.fill(weights, 1);
        moments(all, row, j, values, weights);
        all.quantile()[row][j] = quantiles(values, options.levels());
      }
    }
  }

  private static void moments(
      Predictions all, int row, int column, double[] values, double[] weights) {
    double total = Arrays.stream(weights).sum();
    double mean = 0;
    for (int i = 0; i < values.length; i++) {
      mean += weights[i] / total * values[i];
    }
    double variance = 0;
    for (int i = 0; i < values.length; i++) {
      variance += weights[i] / total * (values[i] - mean) * (values[i] - mean);
    }
    all.mean()[row][column] = mean;
    all.deviation()[row][column] = Math.sqrt(variance);
  }

  /**
   * The images of the quantiles' points. A flow of one column is monotone; where it falls, the
   * quantile at a level is the image of the point at one minus the level.
   */
  private double[] ordered(double[] values) {
    int levels = options.levels().size();
    int from = values[0] <= values[NODES - 1] ? NODES : NODES + levels;
    return Arrays.copyOfRange(values, from, from + levels);
  }

  /** Those of a sample, linear between neighbours (Hyndman and Fan 1996, definition 7). */
  private static double[] quantiles(double[] values, List<Double> levels) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return levels.stream()
        .mapToDouble(
            level -> {
              double at = level * (sorted.length - 1);
              int below = (int) at;
              int above = Math.min(below + 1, sorted.length - 1);
              return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
            })
        .toArray();
  }
}
