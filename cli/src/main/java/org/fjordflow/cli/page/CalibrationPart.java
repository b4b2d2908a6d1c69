package org.fjordflow.cli.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Predictions;
import org.fjordflow.report.Interval;
import org.fjordflow.report.page.Axis;
import org.fjordflow.report.page.Block;
import org.fjordflow.report.page.Chart;
import org.fjordflow.report.page.Mark;
import org.fjordflow.report.page.Mark.Look;
import org.fjordflow.report.page.Mark.Role;
import org.fjordflow.report.page.Page.Section;

/**
 * Whether rows that were held out look like draws of the model: their ranks among such draws are
 * evenly spread if the model is right (Talts et al. 2018; for log-densities Hyndman 1996). Ranks of
 * equal values are drawn.
 */
final class CalibrationPart {

  private static final int BINS = 20;

  /** Draws for each row of a model of conditions; one fewer than bins, so that ranks fill them. */
  private static final int DRAWS = BINS - 1;

  private static final int GIVEN_ROWS = 300;
  private static final int ROWS = 1_000;
  private static final int POOL = 2_000;
  private static final int TARGETS = 4;
  private static final int BAND_ROWS = 150;
  private static final int BAND_SAMPLES = 200;

  /** Half the width of an interval of 95 %, in deviations of a normal. */
  private static final double WIDTH = 1.96;

  private final PageSource source;
  private final Batch held;
  private final RandomGenerator ties;

  private CalibrationPart(PageSource source, Batch held) {
    this.source = source;
    this.held = held.thinned(source.isUnconditional() ? ROWS : GIVEN_ROWS);
    this.ties = source.streams().generator(Purpose.SAMPLES, 3);
  }

  static List<Section> of(PageSource source) {
    PageRows rows = source.rows();
    Batch held = rows == null ? null : rows.held();
    if (held == null || held.size() < BINS || source.isOfImages()) {
      return List.of();
    }
    CalibrationPart part = new CalibrationPart(source, held);
    return List.of(
        new Section(
            "Calibration",
            "%s rows that the model was not trained on, among draws of the model%s. Were it the density itself, bars would be even but for chance, and lines on the diagonal."
                .formatted(
                    Texts.count(part.held.size()),
                    source.isUnconditional() ? "" : " given the same conditions"),
            part.blocks()));
  }

  private List<Block> blocks() {
    List<double[]> ranks = source.isUnconditional() ? pooled() : conditional();
    double[] ofDensity = ranks.get(0);
    List<Block> blocks = new ArrayList<>();
    blocks.add(
        ranks(
            "Ranks of log-densities",
            "At the left: rows less likely than nearly all draws.",
            ofDensity));
    List<Mark> covered = new ArrayList<>();
    covered.add(diagonal());
    covered.add(
        coverage("highest density", Role.DATA, Arrays.stream(ofDensity).map(u -> 1 - u).toArray()));
    if (!source.isUnconditional()) {
      Role[] roles = {Role.MODEL, Role.THIRD, Role.FOURTH, Role.ALERT};
      for (int j = 0; j < ranks.size() - 1; j++) {
        double[] own = ranks.get(j + 1);
        blocks.add(
            ranks(
                "Ranks of " + source.columnName(j),
                "A hump in the middle: intervals are too wide; high ends: too narrow.",
                own));
        covered.add(
            coverage(
                "intervals of " + source.columnName(j),
                roles[j],
                Arrays.stream(own).map(u -> Math.abs(2 * u - 1)).toArray()));
      }
    }
    blocks.add(
        new Chart(
            "Coverage",
            "Share of the rows in regions that hold a share of the model.",
            Axis.of("share of the model", new Interval(0, 1)),
            Axis.of("share of rows", new Interval(0, 1)),
            false,
            covered));
    if (!source.isUnconditional() && !source.isDiscrete(0)) {
      blocks.add(bands());
    }
    return blocks;
  }

  /** Ranks, from 0 to 1, of log-densities: among the same draws for all rows. */
  private List<double[]> pooled() {
    FlowModel model = source.model();
    double[][] draws =
        model.sample(POOL, Context.none(), source.streams().generator(Purpose.SAMPLES, 4));
    double[] sorted = Counts.sorted(model.score(draws, Context.none(), 1).logProb());
    double[] own = model.score(held.rows(), Context.none(), 2).logProb();
    return List.of(Arrays.stream(own).map(value -> rank(sorted, value)).toArray());
  }

  /** Ranks of log-densities, then of the first columns: among draws for each row. */
  private List<double[]> conditional() {
    FlowModel model = source.model();
    double[][] given = held.context();
    if (given == null) {
      throw new IllegalStateException("rows of a conditional model have conditions");
    }
    int n = held.size();
    double[][] repeated = new double[n * DRAWS][];
    Arrays.setAll(repeated, i -> given[i / DRAWS]);
    double[][] draws =
        model.sample(
            repeated.length, Context.of(repeated), source.streams().generator(Purpose.SAMPLES, 4));
    double[] scores = model.score(draws, Context.of(repeated), 1).logProb();
    double[] own = model.score(held.rows(), Context.of(given), 2).logProb();
    List<double[]> ranks = new ArrayList<>();
    ranks.add(ranks(own, scores));
    for (int j = 0; j < Math.min(TARGETS, model.dim()); j++) {
      ranks.add(ranks(Columns.values(held.rows(), j), Columns.values(draws, j)));
    }
    return ranks;
  }

  private double[] ranks(double[] own, double[] draws) {
    double[] ranks = new double[own.length];
    Arrays.setAll(
        ranks,
        i -> rank(Counts.sorted(Arrays.copyOfRange(draws, i * DRAWS, (i + 1) * DRAWS)), own[i]));
    return ranks;
  }

  /** A number between 0 and 1 that is uniform where the value is a draw like the others. */
  private double rank(double[] sorted, double value) {
    int below = Counts.below(sorted, value);
    int equal = Counts.upTo(sorted, value) - below;
    return (below + ties.nextDouble() * (equal + 1)) / (sorted.length + 1);
  }

  private Chart ranks(String title, String note, double[] ranks) {
    double[] edges = IntStream.rangeClosed(0, BINS).mapToDouble(i -> (double) i / BINS).toArray();
    double p = 1.0 / BINS;
    double pool = source.isUnconditional() ? 1.0 / POOL : 0;
    double half = 100 * WIDTH * Math.sqrt(p * (1 - p) * (1.0 / ranks.length + pool));
    double[] ends = {0, 1};
    double even = 100 * p;
    return new Chart(
        title,
        note,
        Axis.of("rank among draws", new Interval(0, 1)),
        Axis.of("% of rows"),
        false,
        List.of(
            new Mark.Steps("held-out rows", Role.DATA, edges, Counts.percent(ranks, edges)),
            new Mark.Band(
                "95 % of right models",
                Role.REFERENCE,
                ends,
                new double[] {Math.max(0, even - half), Math.max(0, even - half)},
                new double[] {even + half, even + half}),
            new Mark.Line("even", Role.REFERENCE, ends, new double[] {even, even}, Look.DASHED)));
  }

  private static Mark diagonal() {
    double[] ends = {0, 1};
    return new Mark.Line("right", Role.REFERENCE, ends, ends, Look.DASHED);
  }

  /** The share of rows whose region is no larger than a share of the model, for each such share. */
  private static Mark coverage(String name, Role role, double[] regions) {
    double[] sorted = Counts.sorted(regions);
    double[] x = IntStream.rangeClosed(0, BINS).mapToDouble(i -> (double) i / BINS).toArray();
    double[] y =
        Arrays.stream(x)
            .map(share -> (double) Counts.upTo(sorted, share) / sorted.length)
            .toArray();
    return new Mark.Line(name, role, x, y, Look.PLAIN);
  }

  /** What is predicted of the first column, beside what was observed. */
  private Chart bands() {
    Batch rows = held.thinned(BAND_ROWS);
    double[][] given = rows.context();
    Predictions.Options options =
        Predictions.Options.standard().withIntervals(0.9).withSamples(BAND_SAMPLES);
    Predictions predicted =
        source.model().predict(given == null ? new double[rows.size()][0] : given, options);
    double[] median = predicted.quantile(0, 0.5);
    int[] order =
        IntStream.range(0, median.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> median[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] places = IntStream.rangeClosed(1, order.length).asDoubleStream().toArray();
    double[] observed = Columns.values(rows.rows(), 0);
    Interval none = new Interval(0, order.length + 1);
    return new Chart(
        "Predictions of " + source.columnName(0),
        "Held-out rows in the order of their medians.",
        Axis.of("row", none),
        new Axis(
            source.columnName(0),
            null,
            Columns.data(source, 0).isTime() ? Axis.Kind.TIME : Axis.Kind.LINEAR,
            List.of()),
        false,
        List.of(
            new Mark.Band(
                "interval of 90 %",
                Role.MODEL,
                places,
                pick(predicted.quantile(0, 0.05), order),
                pick(predicted.quantile(0, 0.95), order)),
            new Mark.Line("median", Role.MODEL, places, pick(median, order), Look.PLAIN),
            new Mark.Points("observed", Role.DATA, places, pick(observed, order), 4)));
  }

  private static double[] pick(double[] values, int[] order) {
    return Arrays.stream(order).mapToDouble(i -> values[i]).toArray();
  }
}
