package org.fjordflow.cli.page;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.fjordflow.report.Interval;
import org.fjordflow.report.ScoresPicture;
import org.fjordflow.report.page.Axis;
import org.fjordflow.report.page.Block;
import org.fjordflow.report.page.Chart;
import org.fjordflow.report.page.Mark;
import org.fjordflow.report.page.Mark.Role;
import org.fjordflow.report.page.Page;
import org.fjordflow.report.page.Page.Fact;
import org.fjordflow.report.page.Page.Section;

/** The page of rows that were searched for anomalies. */
public final class DetectionPage {

  private static final int POINTS = 2_000;
  private static final int BINS = 20;
  private static final int COLUMNS = 15;

  private static final String BEYOND = "Scores beyond an end are drawn at it.";

  private DetectionPage() {}

  /**
   * What was found in a file of rows.
   *
   * @param data what the rows are called
   * @param score one a row; more is less normal
   * @param pValue one a row
   * @param anomaly whether each row is told as an anomaly
   * @param held scores of normal rows that nothing was learned from, or none
   * @param threshold the score above which rows are told; NaN for none
   * @param figures what else is to be said first, such as how many of the anomalies were found
   * @param most the least normal rows, that one first
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  public record Found(
      String data,
      double[] score,
      double[] pValue,
      boolean[] anomaly,
      double[] held,
      double threshold,
      List<Fact> figures,
      List<Row> most) {

    /** Copies the lists. */
    public Found {
      figures = List.copyOf(figures);
      most = List.copyOf(most);
    }
  }

  /**
   * A row to be told.
   *
   * @param name its number, or what names it
   * @param score more is less normal
   * @param pValue of the score
   * @param anomaly whether it is told as an anomaly
   * @param column that makes it so most, or empty
   * @param because all that make it so, in words, or empty
   */
  public record Row(
      String name, double score, double pValue, boolean anomaly, String column, String because) {}

  /** Makes the page of what was found. */
  public static Page of(Found found) {
    int told =
        (int) IntStream.range(0, found.anomaly().length).filter(i -> found.anomaly()[i]).count();
    List<Fact> figures = new ArrayList<>();
    figures.add(new Fact("rows", Texts.count(found.score().length)));
    figures.add(new Fact("told as anomalies", Texts.count(told)));
    if (Double.isFinite(found.threshold())) {
      figures.add(new Fact("score above which rows are told", Texts.number(found.threshold())));
    }
    figures.addAll(found.figures());
    List<Section> sections = new ArrayList<>();
    sections.add(
        new Section(
            "Scores",
            "A row's score is high where what was learned of normal rows finds it unlikely.",
            List.of(histogram(found), inOrder(found), pValues(found))));
    if (!found.most().isEmpty()) {
      sections.add(rows(found));
    }
    return new Page(
        "Anomalies in " + found.data(),
        "Rows that are unlike normal ones, with the columns that make them so.",
        figures,
        sections);
  }

  private static Chart histogram(Found found) {
    Interval range = range(found);
    double[] edges =
        IntStream.rangeClosed(0, 3 * BINS)
            .mapToDouble(i -> range.min() + i * range.length() / (3 * BINS))
            .toArray();
    List<Mark> marks = new ArrayList<>();
    if (found.held().length > 0) {
      marks.add(
          new Mark.Steps(
              "normal rows held out", Role.THIRD, edges, percent(found.held(), range, edges)));
    }
    marks.add(
        new Mark.Steps("rows judged", Role.DATA, edges, percent(found.score(), range, edges)));
    addThreshold(marks, found.threshold(), true);
    return new Chart(
        "Histogram of scores", BEYOND, Axis.of("score", range), Axis.of("% of rows"), false, marks);
  }

  private static Interval range(Found found) {
    return ScoresPicture.range(found.held(), found.score(), found.threshold());
  }

  /** The outermost bins hold what lies beyond. */
  private static double[] percent(double[] scores, Interval range, double[] edges) {
    return Counts.percent(Arrays.stream(scores).map(s -> clipped(s, range)).toArray(), edges);
  }

  private static double clipped(double score, Interval range) {
    return Math.max(range.min(), Math.min(range.max(), score)); // NaN stays
  }

  private static void addThreshold(List<Mark> marks, double threshold, boolean vertical) {
    if (Double.isFinite(threshold)) {
      marks.add(new Mark.Level("threshold", Role.ALERT, threshold, vertical));
    }
  }

  private static Chart inOrder(Found found) {
    Interval range = range(found);
    double[] score = Arrays.stream(found.score()).map(s -> clipped(s, range)).toArray();
    int[] told = IntStream.range(0, score.length).filter(i -> found.anomaly()[i]).toArray();
    int[] others = IntStream.range(0, score.length).filter(i -> !found.anomaly()[i]).toArray();
    List<Mark> marks = new ArrayList<>();
    addPoints(marks, "rows", Role.DATA, thinned(others), score, 3);
    addPoints(marks, "told as anomalies", Role.ALERT, thinned(told), score, 6);
    addThreshold(marks, found.threshold(), false);
    return new Chart(
        "Scores in the order of rows",
        score.length > POINTS ? "Some of the rows. " + BEYOND : BEYOND,
        Axis.of("row", new Interval(0, score.length + 1)),
        Axis.of("score", range),
        false,
        marks);
  }

  private static void addPoints(
      List<Mark> marks, String name, Role role, int[] rows, double[] score, double size) {
    int[] finite = Arrays.stream(rows).filter(i -> Double.isFinite(score[i])).toArray();
    if (finite.length > 0) {
      marks.add(
          new Mark.Points(
              name,
              role,
              Arrays.stream(finite).mapToDouble(i -> i + 1).toArray(),
              Arrays.stream(finite).mapToDouble(i -> score[i]).toArray(),
              size));
    }
  }

  private static int[] thinned(int[] rows) {
    int kept = Math.min(rows.length, POINTS);
    return IntStream.range(0, kept).map(i -> rows[(int) ((long) i * rows.length / kept)]).toArray();
  }

  private static Chart pValues(Found found) {
    double[] edges = IntStream.rangeClosed(0, BINS).mapToDouble(i -> (double) i / BINS).toArray();
    double even = 100.0 / BINS;
    return new Chart(
        "p-values",
        "Even where all rows are normal; what stands out at the left is not.",
        Axis.of("p-value", new Interval(0, 1)),
        Axis.of("% of rows"),
        false,
        List.of(
            new Mark.Steps("rows judged", Role.DATA, edges, Counts.percent(found.pValue(), edges)),
            new Mark.Line(
                "even",
                Role.REFERENCE,
                new double[] {0, 1},
                new double[] {even, even},
                Mark.Look.DASHED)));
  }

  private static Section rows(Found found) {
    List<Block> blocks = new ArrayList<>();
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Row row : found.most()) {
      if (!row.column().isEmpty()) {
        counts.merge(row.column(), 1, Integer::sum);
      }
    }
    if (!counts.isEmpty()) {
      List<String> names =
          counts.keySet().stream()
              .sorted(Comparator.comparingInt(name -> -counts.getOrDefault(name, 0)))
              .limit(COLUMNS)
              .toList();
      blocks.add(
          new Chart(
              "Columns that make them so",
              "How many of the rows below have the column as their first reason.",
              Axis.of("rows"),
              Axis.ofNames("", names),
              false,
              List.of(
                  new Mark.Bars(
                      "", Role.DATA, names.stream().mapToDouble(counts::get).toArray()))));
    }
    List<List<String>> lines = new ArrayList<>();
    for (Row row : found.most()) {
      lines.add(
          List.of(
              row.name(),
              Texts.number(row.score()),
              Texts.number(row.pValue()),
              row.anomaly() ? "yes" : "no",
              row.because()));
    }
    blocks.add(new Block.Grid("", List.of("row", "score", "p-value", "told", "because of"), lines));
    return new Section("The least normal rows", "", blocks);
  }
}
