package org.fjordflow.cli.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.fjordflow.cli.page.Columns.Column;
import org.fjordflow.core.data.internal.RowSelection;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.report.Interval;
import org.fjordflow.report.page.Axis;
import org.fjordflow.report.page.Block;
import org.fjordflow.report.page.Chart;
import org.fjordflow.report.page.Mark;
import org.fjordflow.report.page.Mark.Role;
import org.fjordflow.report.page.Page.Section;

/** Single columns and pairs of them, data beside samples. */
final class ColumnsPart {

  private static final int ROWS = 5_000;
  private static final int SAMPLES = 2_000;
  private static final int CHARTS = 12;
  private static final int LINES = 40;
  private static final int PAIRS = 4;
  private static final int CANDIDATES = 24;
  private static final int POINTS = 800;
  private static final int MOST_NAMES = 20;

  private final PageSource source;
  private final Batch data;
  private final double[][] samples;
  private final double[] distances;

  private ColumnsPart(PageSource source, Batch shown) {
    this.source = source;
    this.data = shown.thinned(ROWS);
    Batch asked = shown.thinned(SAMPLES);
    double[][] given = asked.context();
    int count = given == null ? SAMPLES : given.length;
    this.samples =
        source
            .model()
            .sample(
                count,
                given == null ? Context.none() : Context.of(given),
                source.streams().generator(Purpose.SAMPLES, 2));
    this.distances =
        IntStream.range(0, source.model().dim())
            .mapToDouble(
                j -> Counts.distance(Columns.values(data.rows(), j), Columns.values(samples, j)))
            .toArray();
  }

  static List<Section> of(PageSource source) {
    PageRows rows = source.rows();
    if (rows == null || source.isOfImages()) {
      return List.of();
    }
    ColumnsPart part = new ColumnsPart(source, rows.shown());
    List<Section> sections = new ArrayList<>(List.of(part.columns()));
    List<Block> pairs = source.isPlane() ? List.of() : part.pairs();
    if (!pairs.isEmpty()) {
      sections.add(
          new Section(
              "Pairs of columns",
              "The pairs that depend on each other most in the data; beside each, the same of samples.",
              pairs));
    }
    return sections;
  }

  private Section columns() {
    int dim = source.model().dim();
    int[] order = byDistance().limit(CHARTS).toArray();
    List<Block> blocks = new ArrayList<>();
    for (int j : dim <= CHARTS ? IntStream.range(0, dim).toArray() : order) {
      blocks.add(column(j));
    }
    blocks.add(table());
    String given =
        source.isUnconditional() ? "" : " Each sample is drawn given what a row of the data has.";
    return new Section(
        "Columns",
        (dim > CHARTS
                ? "The %d of %d columns whose samples differ most from the data."
                    .formatted(CHARTS, dim)
                : "Each column alone, data and samples.")
            + given,
        blocks);
  }

  private IntStream byDistance() {
    return IntStream.range(0, distances.length)
        .boxed()
        .sorted(Comparator.comparingDouble(j -> -distances[j]))
        .mapToInt(Integer::intValue);
  }

  private Chart column(int j) {
    Column column = Columns.data(source, j);
    double[] ofData = Columns.values(data.rows(), j);
    double[] ofSamples = Columns.values(samples, j);
    if (column.isNamed()) {
      return named(column, ofData, ofSamples);
    }
    double[] all = DoubleStream.concat(Arrays.stream(ofData), finite(ofSamples)).toArray();
    double[] edges = Counts.edges(all, column.isWhole());
    return new Chart(
        column.name(),
        "",
        column.axis(new Interval(edges[0], edges[edges.length - 1])),
        Axis.of("% of rows"),
        false,
        List.of(
            new Mark.Steps("data", Role.DATA, edges, Counts.percent(ofData, edges)),
            new Mark.Steps("samples", Role.MODEL, edges, Counts.percent(ofSamples, edges))));
  }

  private static DoubleStream finite(double[] values) {
    return Arrays.stream(values).filter(Double::isFinite);
  }

  /** Bars of the values there are, the most frequent ones where there are many. */
  private static Chart named(Column column, double[] ofData, double[] ofSamples) {
    double[] known =
        Arrays.stream(ofData)
            .boxed()
            .collect(Collectors.groupingBy(value -> value, Collectors.counting()))
            .entrySet()
            .stream()
            .sorted(Comparator.comparingLong(entry -> -entry.getValue()))
            .limit(MOST_NAMES)
            .mapToDouble(entry -> entry.getKey())
            .toArray();
    List<String> names =
        Arrays.stream(known)
            .mapToObj(
                value -> column.spec() == null ? Texts.number(value) : column.spec().text(value))
            .toList();
    return new Chart(
        column.name(),
        known.length == MOST_NAMES ? "The most frequent " + MOST_NAMES + " values." : "",
        Axis.of("% of rows"),
        Axis.ofNames("", names),
        false,
        List.of(
            new Mark.Bars("data", Role.DATA, Counts.percentOf(ofData, known)),
            new Mark.Bars("samples", Role.MODEL, Counts.percentOf(ofSamples, known))));
  }

  private Block.Grid table() {
    List<List<String>> rows = new ArrayList<>();
    int dim = source.model().dim();
    int[] shown =
        dim <= LINES ? IntStream.range(0, dim).toArray() : byDistance().limit(LINES).toArray();
    for (int j : shown) {
      Column column = Columns.data(source, j);
      double[] ofData = Columns.values(data.rows(), j);
      double[] ofSamples = Columns.values(samples, j);
      boolean named = column.isNamed();
      rows.add(
          List.of(
              column.name(),
              column.kind(),
              named ? "–" : column.text(mean(ofData)),
              named ? "–" : column.text(mean(ofSamples)),
              named ? "–" : column.difference(deviation(ofData)),
              named ? "–" : column.difference(deviation(ofSamples)),
              Texts.percent(distances[j])));
    }
    return new Block.Grid(
        dim > LINES ? "The %d columns that differ most".formatted(LINES) : "",
        List.of(
            "column",
            "kind",
            "mean, data",
            "mean, samples",
            "deviation, data",
            "deviation, samples",
            "largest difference of distribution functions"),
        rows);
  }

  private static double mean(double[] values) {
    return finite(values).average().orElse(Double.NaN);
  }

  private static double deviation(double[] values) {
    double mean = mean(values);
    return Math.sqrt(finite(values).map(x -> (x - mean) * (x - mean)).average().orElse(0));
  }

  // Pairs

  /** One of the columns of data, or behind them of those given. */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  private record Side(Column column, double[] data, double[] samples) {}

  private record Pair(Side x, Side y, double dependence) {}

  private List<Block> pairs() {
    Batch thinned = data.thinned(POINTS);
    double[][] drawn = RowSelection.thinned(samples, POINTS);
    double[][] drawnGiven = data.thinned(SAMPLES).thinned(POINTS).context();
    List<Side> own = new ArrayList<>();
    for (int j : byDistance().limit(CANDIDATES).sorted().toArray()) {
      own.add(
          new Side(
              Columns.data(source, j),
              Columns.values(thinned.rows(), j),
              Columns.values(drawn, j)));
    }
    List<Side> given = new ArrayList<>();
    double[][] context = thinned.context();
    for (int k = 0; context != null && drawnGiven != null && k < context[0].length; k++) {
      given.add(
          new Side(
              Columns.given(source, k), Columns.values(context, k), Columns.values(drawnGiven, k)));
    }
    own.removeIf(side -> side.column().isNamed());
    given.removeIf(side -> side.column().isNamed());
    List<Pair> all = new ArrayList<>();
    for (int j = 0; j < own.size(); j++) {
      for (int i = 0; i < j; i++) {
        all.add(pair(own.get(i), own.get(j)));
      }
      for (Side side : given) {
        all.add(pair(side, own.get(j)));
      }
    }
    all.sort(Comparator.comparingDouble(pair -> -pair.dependence()));
    List<Block> blocks = new ArrayList<>();
    for (Pair pair : all.subList(0, Math.min(PAIRS, all.size()))) {
      blocks.add(scatter(pair, "Data", Role.DATA, pair.x().data(), pair.y().data()));
      blocks.add(scatter(pair, "Samples", Role.MODEL, pair.x().samples(), pair.y().samples()));
    }
    return blocks;
  }

  private static Pair pair(Side x, Side y) {
    double correlation = Counts.rankCorrelation(x.data(), y.data());
    return new Pair(x, y, Math.abs(correlation));
  }

  private static Chart scatter(Pair pair, String what, Role role, double[] x, double[] y) {
    return new Chart(
        what + ": " + pair.x().column().name() + ", " + pair.y().column().name(),
        "",
        pair.x().column().axis(range(pair.x())),
        pair.y().column().axis(range(pair.y())),
        false,
        List.of(new Mark.Points("", role, x, y, 3)));
  }

  private static Interval range(Side side) {
    return Interval.around(side.data(), 0.002, 0.08);
  }
}
