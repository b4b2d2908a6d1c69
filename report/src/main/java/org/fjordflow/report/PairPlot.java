package org.fjordflow.report;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.data.internal.RowSelection;

/** Every pair of the first columns as a scatter plot, every column alone as a histogram. */
final class PairPlot {
  private static final int COLUMNS = 5;
  private static final int GAP = 12;
  private static final int BINS = 40;
  private static final int POINTS = 1500;
  private static final int LAYERS = 30;

  private PairPlot() {}

  static BufferedImage draw(
      double[][] data, double[][] samples, List<String> names, Lettering lettering) {
    int columns = data[0].length;
    int shown = Math.min(COLUMNS, columns);
    int side = shown == 1 ? 360 : Math.max(140, 480 / shown);
    int extent = shown * side + (shown - 1) * GAP;
    int left = Panel.LEFT;
    try (Canvas canvas =
        new Canvas(left + extent + Panel.RIGHT, Panel.TOP + extent + Panel.BOTTOM, lettering)) {
      Interval[] ranges = new Interval[shown];
      for (int i = 0; i < shown; i++) {
        ranges[i] = Limits.interval(data, i);
      }
      for (int row = 0; row < shown; row++) {
        for (int column = 0; column <= row; column++) {
          Rectangle2D box =
              new Rectangle2D.Double(
                  left + column * (side + GAP), Panel.TOP + row * (side + GAP), side, side);
          Panel panel =
              row == column
                  ? histograms(canvas, box, ranges[row], data, samples, row)
                  : scatter(canvas, box, ranges, data, samples, column, row);
          panel.frame("");
          if (row == shown - 1) {
            panel.horizontalAxis(Rows.name(names, column));
          }
          if (column == 0 && row > 0) {
            panel.verticalAxis(Rows.name(names, row));
          }
        }
      }
      header(canvas, new Rectangle2D.Double(left, Panel.TOP, extent, extent), shown, columns);
      return canvas.image();
    }
  }

  private static void header(Canvas canvas, Rectangle2D box, int shown, int columns) {
    Panel whole = new Panel(canvas, box, new Limits(new Interval(0, 1), new Interval(0, 1)));
    if (shown < columns) {
      canvas.text(
          "first " + shown + " of " + columns + " columns",
          box.getX(),
          box.getY() - 9,
          Canvas.Anchor.START,
          13);
    }
    whole.legend(
        List.of(new Panel.Key("data", Palette.BLUE), new Panel.Key("samples", Palette.RED)));
  }

  private static Panel scatter(
      Canvas canvas,
      Rectangle2D box,
      Interval[] ranges,
      double[][] data,
      double[][] samples,
      int x,
      int y) {
    Panel panel = new Panel(canvas, box, new Limits(ranges[x], ranges[y]));
    double[][] blue = RowSelection.thinned(data, POINTS);
    double[][] red = RowSelection.thinned(samples, POINTS);
    // By turns, so that neither set hides the other.
    for (int layer = 0; layer < LAYERS; layer++) {
      panel.points(part(blue, layer), x, y, Palette.translucent(Palette.BLUE, 0.5), 1.1);
      panel.points(part(red, layer), x, y, Palette.translucent(Palette.RED, 0.5), 1.1);
    }
    return panel;
  }

  private static double[][] part(double[][] rows, int layer) {
    return Arrays.copyOfRange(
        rows, layer * rows.length / LAYERS, (layer + 1) * rows.length / LAYERS);
  }

  private static Panel histograms(
      Canvas canvas,
      Rectangle2D box,
      Interval range,
      double[][] data,
      double[][] samples,
      int column) {
    double[] ofData = histogram(data, column, range);
    double[] ofSamples = histogram(samples, column, range);
    double highest = 0;
    for (int i = 0; i < BINS; i++) {
      highest = Math.max(highest, Math.max(ofData[i], ofSamples[i]));
    }
    Interval heights = new Interval(0, highest > 0 ? 1.08 * highest : 1);
    Panel panel = new Panel(canvas, box, new Limits(range, heights));
    outline(panel, ofData, range, Palette.BLUE);
    outline(panel, ofSamples, range, Palette.RED);
    return panel;
  }

  private static void outline(Panel panel, double[] shares, Interval range, Color colour) {
    double[] xs = new double[2 * BINS + 2];
    double[] ys = new double[2 * BINS + 2];
    for (int i = 0; i <= BINS; i++) {
      double edge = range.min() + range.length() * i / BINS;
      xs[2 * i] = edge;
      xs[2 * i + 1] = edge;
      ys[2 * i] = i == 0 ? 0 : shares[i - 1];
      ys[2 * i + 1] = i == BINS ? 0 : shares[i];
    }
    panel.line(xs, ys, colour, 1.4);
  }

  /** Returns the share of the rows in each of the equal bins of the range. */
  static double[] histogram(double[][] rows, int column, Interval range) {
    double[] shares = new double[BINS];
    for (double[] row : rows) {
      double place = (row[column] - range.min()) / range.length() * BINS;
      if (place >= 0 && place < BINS) {
        shares[(int) place] += 1.0 / rows.length;
      }
    }
    return shares;
  }
}
