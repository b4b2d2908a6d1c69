package org.fjordflow.report;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.report.Canvas.Anchor;

/**
 * Scores of rows beside those of normal rows, with the threshold, and the rows that lie highest.
 */
public final class ScoresPicture {
  private static final int WIDTH = 440;
  private static final int HEIGHT = 300;

  /** Room for the names of rows. */
  private static final int NAMES = 200;

  private static final int BINS = 60;
  private static final double TEXT = 11;

  /** Longer names are cut. */
  private static final int LONGEST = 34;

  /** Part of the rows at either end that does not decide on the range. */
  private static final double TAIL = 0.005;

  /** Times the distance of the highest usual score from the middle one. */
  private static final double BEYOND = 4;

  private ScoresPicture() {}

  /**
   * A row that is shown by itself.
   *
   * @param name what it is called
   * @param score in nats, may be infinite
   */
  public record Row(String name, double score) {}

  /**
   * Draws the shares of scores in equal bins, on a logarithmic scale, the outermost with all that
   * lies beyond; beside it the rows given.
   *
   * @param normal scores of normal rows held out, at least one. Not modified.
   * @param judged scores of the rows that are judged, at least one. Not modified.
   * @param threshold above which rows are told, may be infinite
   * @param highest the rows to show, the highest first; may be none
   * @return the picture
   * @throws FjordException INVALID_ARGUMENT if there are no scores
   */
  public static BufferedImage draw(
      double[] normal, double[] judged, double threshold, List<Row> highest) {
    return draw(normal, judged, threshold, highest, Lettering.ofMachine());
  }

  static BufferedImage draw(
      double[] normal, double[] judged, double threshold, List<Row> highest, Lettering lettering) {
    if (normal.length == 0 || judged.length == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "no scores to draw; give finite ones of normal and judged rows");
    }
    int left = Panel.LEFT + WIDTH + Panel.RIGHT;
    int height = Panel.TOP + HEIGHT + Panel.BOTTOM;
    int width = left + (highest.isEmpty() ? 0 : NAMES + WIDTH / 2 + Panel.RIGHT);
    try (Canvas canvas = new Canvas(width, height, lettering)) {
      Interval range = range(normal, judged, threshold);
      histograms(canvas, range, normal, judged, threshold);
      if (!highest.isEmpty()) {
        bars(canvas, left + NAMES, highest, threshold, range.max());
      }
      return canvas.image();
    }
  }

  /**
   * Returns the range in which scores are drawn: nearly all of them and the threshold, but not
   * further beyond both the threshold and nearly all normal rows than a few times their distance
   * from the middle. A few rows can be so unlike the others that nothing else would be seen.
   *
   * @param normal scores of normal rows held out. Not modified.
   * @param judged scores of the rows that are judged. Not modified.
   * @param threshold above which rows are told, may be infinite or NaN
   * @throws FjordException INVALID_ARGUMENT if no score is finite
   */
  public static Interval range(double[] normal, double[] judged, double threshold) {
    double[] all =
        Arrays.stream(new double[][] {normal, judged, {threshold}})
            .flatMapToDouble(Arrays::stream)
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    if (all.length == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "no scores to draw; give finite ones of normal and judged rows");
    }
    double low = all[(int) (TAIL * all.length)];
    double most = all[all.length - 1 - (int) (TAIL * all.length)];
    double[] usual = Arrays.stream(normal).filter(Double::isFinite).toArray();
    double high = usual.length == 0 ? most : Interval.around(usual, TAIL, 0).max();
    if (Double.isFinite(threshold)) {
      high = Math.max(high, threshold);
    }
    double middle = all[all.length / 2];
    double end = Math.min(Math.max(most, high), high + BEYOND * (high - middle));
    return Interval.around(new double[] {low, end}, 0, 0.05);
  }

  private static void histograms(
      Canvas canvas, Interval range, double[] normal, double[] judged, double threshold) {
    double[] ofNormal = logShares(normal, range);
    double[] ofJudged = logShares(judged, range);
    double lowest = Math.log10(0.5 / Math.max(normal.length, judged.length));
    Limits limits = new Limits(range, new Interval(lowest, 0));
    Panel panel =
        new Panel(canvas, new Rectangle2D.Double(Panel.LEFT, Panel.TOP, WIDTH, HEIGHT), limits);
    outline(panel, ofNormal, range, lowest, Palette.BLUE);
    outline(panel, ofJudged, range, lowest, Palette.RED);
    if (Double.isFinite(threshold)) {
      panel.line(
          new double[] {threshold, threshold}, new double[] {lowest, 0}, Palette.GREEN, 1.4, true);
    }
    panel.legend(
        List.of(
            new Panel.Key("normal rows held out", Palette.BLUE),
            new Panel.Key("judged", Palette.RED),
            new Panel.Key("threshold", Palette.GREEN)));
    panel.frame("scores");
    panel.horizontalAxis("score in nats; the outermost bins hold what lies beyond");
    panel.verticalAxis("log10 of the share of rows");
  }

  /** Logarithms to base 10 of the share of rows in each bin; NaN values are no rows. */
  static double[] logShares(double[] scores, Interval range) {
    double[] counts = new double[BINS];
    double rows = 0;
    for (double score : scores) {
      if (!Double.isNaN(score)) {
        double place = Math.floor((score - range.min()) / range.length() * BINS);
        counts[(int) Math.max(0, Math.min(BINS - 1, place))]++;
        rows++;
      }
    }
    for (int i = 0; i < BINS; i++) {
      counts[i] = Math.log10(counts[i] / rows);
    }
    return counts;
  }

  private static void outline(
      Panel panel, double[] shares, Interval range, double lowest, Color colour) {
    double[] xs = new double[2 * BINS];
    double[] ys = new double[2 * BINS];
    for (int i = 0; i < BINS; i++) {
      xs[2 * i] = range.min() + range.length() * i / BINS;
      xs[2 * i + 1] = range.min() + range.length() * (i + 1) / BINS;
      double y = Math.max(lowest, shares[i]);
      ys[2 * i] = y;
      ys[2 * i + 1] = y;
    }
    panel.line(xs, ys, colour, 1.4);
  }

  private static void bars(Canvas canvas, int left, List<Row> rows, double threshold, double end) {
    double[] finite =
        rows.stream()
            .mapToDouble(row -> Math.min(row.score(), end))
            .filter(Double::isFinite)
            .toArray();
    double most = Arrays.stream(finite).max().orElse(1);
    double least = Math.min(0, Arrays.stream(finite).min().orElse(0));
    Interval scores = new Interval(least, most > least ? most : least + 1);
    Rectangle2D box = new Rectangle2D.Double(left, Panel.TOP, WIDTH / 2.0, HEIGHT);
    Panel panel = new Panel(canvas, box, new Limits(scores, new Interval(0, rows.size())));
    for (int k = 0; k < rows.size(); k++) {
      double y = rows.size() - k - 0.5;
      double score = rows.get(k).score();
      double length = Double.isFinite(score) ? Math.min(score, scores.max()) : scores.max();
      double top = panel.toY(y + 0.3);
      double x = panel.toX(Math.min(0, length));
      canvas.fill(
          new Rectangle2D.Double(
              x, top, Math.max(1, panel.toX(Math.max(0, length)) - x), panel.toY(y - 0.3) - top),
          Palette.RED);
      canvas.text(cut(rows.get(k).name()), left - 8, panel.toY(y) + 0.36 * TEXT, Anchor.END, TEXT);
    }
    if (Double.isFinite(threshold) && threshold <= scores.max() && threshold >= scores.min()) {
      panel.line(
          new double[] {threshold, threshold},
          new double[] {0, rows.size()},
          Palette.GREEN,
          1.4,
          true);
    }
    panel.frame("highest scores");
    panel.horizontalAxis("score in nats, cut at the end");
  }

  private static String cut(String name) {
    return name.length() > LONGEST ? name.substring(0, LONGEST - 3) + "..." : name;
  }
}
