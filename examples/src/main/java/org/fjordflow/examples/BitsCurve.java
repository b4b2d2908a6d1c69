package org.fjordflow.examples;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.data.internal.AtomicFiles;

/** Bits per dimension over the steps of a training, as an SVG file, which needs no fonts here. */
final class BitsCurve {

  private static final int WIDTH = 640;
  private static final int HEIGHT = 400;
  private static final int LEFT = 60;
  private static final int RIGHT = 20;
  private static final int TOP = 20;
  private static final int BOTTOM = 50;
  private static final int LOSS = 1;
  private static final int VALIDATION = 7;

  /** The share of the highest losses that may lie above the picture: the first steps'. */
  private static final double ABOVE = 0.03;

  private final double steps;
  private final double least;
  private final double greatest;
  private final StringBuilder svg = new StringBuilder();

  private BitsCurve(double[][] rows) {
    double[] losses =
        Arrays.stream(rows)
            .mapToDouble(row -> row[LOSS])
            .filter(Double::isFinite)
            .sorted()
            .toArray();
    steps = Math.max(1, rows.length == 0 ? 1 : rows[rows.length - 1][0]);
    double low = losses.length == 0 ? 0 : losses[0];
    double high = losses.length == 0 ? 1 : losses[(int) ((1 - ABOVE) * (losses.length - 1))];
    double margin = Math.max(1e-3, 0.05 * (high - low));
    least = low - margin;
    greatest = high + margin;
  }

  /**
   * Draws the metrics of a training.
   *
   * @param metrics as {@link org.fjordflow.core.train.CsvMetrics} has them, in bits per dimension
   * @param picture where to
   */
  static void write(Path metrics, Path picture) {
    Table table = Tables.readWithGaps(metrics);
    AtomicFiles.writeText(picture, new BitsCurve(table.rows()).draw(table.rows()));
  }

  private String draw(double[][] rows) {
    add(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n",
        WIDTH, HEIGHT);
    add("<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n");
    double xStep = tick(steps);
    for (double x = 0; x <= steps; x += xStep) {
      line(x(x), TOP, x(x), HEIGHT - BOTTOM);
      text(x(x), HEIGHT - BOTTOM + 18, "middle", "%.0f".formatted(x));
    }
    double yStep = tick(greatest - least);
    for (double y = Math.ceil(least / yStep) * yStep; y <= greatest; y += yStep) {
      line(LEFT, y(y), WIDTH - RIGHT, y(y));
      text(LEFT - 6, y(y) + 4, "end", String.format(Locale.ROOT, "%.3g", y));
    }
    curve(rows, LOSS, "#9db7d5", 0.8);
    curve(rows, VALIDATION, "#b03030", 2);
    text((LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 12, "middle", "step");
    text(WIDTH - RIGHT, TOP + 14, "end", "bits per dimension: blue a batch, red held out");
    add("</svg>%n");
    return svg.toString();
  }

  private void curve(double[][] rows, int column, String colour, double width) {
    add("<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"%.1f\" points=\"", colour, width);
    for (double[] row : rows) {
      if (Double.isFinite(row[column])) {
        add("%.1f,%.1f ", x(row[0]), y(Math.min(greatest, row[column])));
      }
    }
    add("\"/>%n");
  }

  private double x(double step) {
    return LEFT + (WIDTH - LEFT - RIGHT) * step / steps;
  }

  private double y(double value) {
    return TOP + (HEIGHT - TOP - BOTTOM) * (greatest - value) / (greatest - least);
  }

  /** One, two or five times a power of ten, so that there are four to ten in a range. */
  private static double tick(double range) {
    double power = Math.pow(10, Math.floor(Math.log10(range)));
    double share = range / power;
    return share < 2 ? power / 5 : share < 5 ? power / 2 : power;
  }

  private void line(double x1, double y1, double x2, double y2) {
    add(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>%n",
        x1, y1, x2, y2);
  }

  private void text(double x, double y, String anchor, String text) {
    add("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, text);
  }

  private void add(String format, Object... values) {
    svg.append(String.format(Locale.ROOT, format, values));
  }
}
