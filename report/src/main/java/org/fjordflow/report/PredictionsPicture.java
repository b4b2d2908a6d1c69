package org.fjordflow.report;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/** What is predicted of rows, beside what was observed: bands, and whether they can be believed. */
public final class PredictionsPicture {
  private static final int WIDTH = 420;
  private static final int HEIGHT = 300;

  /** More rows than these are thinned out. */
  private static final int MOST_ROWS = 400;

  private static final Color BAND = Palette.BLUE;

  private PredictionsPicture() {}

  /**
   * What is predicted of one column.
   *
   * @param name of the column
   * @param lower lower ends of the band, one a row
   * @param median one a row
   * @param upper upper ends, one a row
   * @param observed one a row, or null where nothing was observed
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  public record Bands(
      String name, double[] lower, double[] median, double[] upper, double @Nullable [] observed) {}

  /**
   * Draws the bands of rows in the order of their medians; beside it, where rows were observed, the
   * share of observations below each quantile, which lies on the diagonal where predictions are
   * calibrated.
   *
   * @param bands of at least one row. Not modified.
   * @param levels of quantiles, increasing, each between 0 and 1. Not modified.
   * @param shares of observations below each, or none. Not modified.
   * @return the picture
   * @throws FjordException INVALID_ARGUMENT if there is no row
   */
  public static BufferedImage draw(Bands bands, double[] levels, double[] shares) {
    return draw(bands, levels, shares, Lettering.ofMachine());
  }

  static BufferedImage draw(Bands bands, double[] levels, double[] shares, Lettering lettering) {
    if (bands.median().length == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "no predictions to draw; give at least one row");
    }
    boolean calibrated = shares.length > 0;
    int panelWidth = Panel.LEFT + WIDTH + Panel.RIGHT;
    int height = Panel.TOP + HEIGHT + Panel.BOTTOM;
    try (Canvas canvas = new Canvas((calibrated ? 2 : 1) * panelWidth, height, lettering)) {
      rows(canvas, bands);
      if (calibrated) {
        calibration(canvas, panelWidth, levels, shares);
      }
      return canvas.image();
    }
  }

  private static void rows(Canvas canvas, Bands bands) {
    int[] order =
        IntStream.range(0, bands.median().length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> bands.median()[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    int shown = Math.min(order.length, MOST_ROWS);
    int[] chosen = new int[shown];
    Arrays.setAll(chosen, k -> order[(int) ((long) k * order.length / shown)]);
    double[] ranks = IntStream.range(0, shown).asDoubleStream().toArray();
    double[] lower = pick(bands.lower(), chosen);
    double[] median = pick(bands.median(), chosen);
    double[] upper = pick(bands.upper(), chosen);
    double[] observed = bands.observed() == null ? new double[0] : pick(bands.observed(), chosen);
    double[] all =
        IntStream.range(0, 4)
            .mapToObj(k -> List.of(lower, median, upper, observed).get(k))
            .flatMapToDouble(Arrays::stream)
            .filter(Double::isFinite)
            .toArray();
    Limits limits = new Limits(Interval.around(ranks, 0, 0.02), Interval.around(all, 0.002, 0.05));
    Rectangle2D box = new Rectangle2D.Double(Panel.LEFT, Panel.TOP, WIDTH, HEIGHT);
    Panel panel = new Panel(canvas, box, limits);
    panel.line(ranks, lower, BAND, 0.8);
    panel.line(ranks, upper, BAND, 0.8);
    panel.line(ranks, median, Palette.RED, 1.4);
    if (observed.length > 0) {
      double[][] dots = new double[shown][];
      Arrays.setAll(dots, k -> new double[] {ranks[k], observed[k]});
      panel.points(dots, 0, 1, Palette.GREEN, 2.2);
    }
    panel.legend(
        observed.length > 0
            ? List.of(
                new Panel.Key("band", BAND),
                new Panel.Key("median", Palette.RED),
                new Panel.Key("observed", Palette.GREEN))
            : List.of(new Panel.Key("band", BAND), new Panel.Key("median", Palette.RED)));
    panel.frame("predictions", "rows by their median", bands.name());
  }

  private static double[] pick(double[] values, int[] chosen) {
    return Arrays.stream(chosen).mapToDouble(i -> values[i]).toArray();
  }

  private static void calibration(Canvas canvas, int left, double[] levels, double[] shares) {
    Interval unit = new Interval(0, 1);
    Rectangle2D box = new Rectangle2D.Double(left + Panel.LEFT, Panel.TOP, WIDTH, HEIGHT);
    Panel panel = new Panel(canvas, box, new Limits(unit, unit));
    panel.line(new double[] {0, 1}, new double[] {0, 1}, Palette.GREEN, 0.8);
    panel.line(levels, shares, BAND, 1.4);
    double[][] dots = new double[levels.length][];
    Arrays.setAll(dots, k -> new double[] {levels[k], shares[k]});
    panel.points(dots, 0, 1, BAND, 2.6);
    panel.frame("calibration", "level of the quantile", "share of observations below");
  }
}
