package org.fjordflow.report;

import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** The density of points in the plane, as colours. */
public final class DensityPicture {
  private static final int BOX = 400;
  private static final int BAR = 14;
  private static final int BAR_GAP = 16;
  private static final int BAR_TEXT = 60;
  private static final int BATCH = 8192;
  private static final ColourMap COLOURS = ColourMap.MAGMA;

  private DensityPicture() {}

  /**
   * Draws exp(logProb) over the given part of the plane. Values are taken at the middles of {@code
   * cells} x {@code cells} equal cells and interpolated between; places where the log-density is
   * NaN or positive infinity are grey.
   *
   * @param density the log-density; asked for some thousand points at a time
   * @param limits the part of the plane; made square
   * @param cells the number of cells along each axis, at least 2
   * @return the picture
   * @throws FjordException {@code INVALID_ARGUMENT} if there are fewer than two cells, {@code
   *     SHAPE_MISMATCH} if the function gives another number of values than it got points, {@code
   *     NON_FINITE} if no value is finite
   */
  public static BufferedImage draw(DensityFunction density, Limits limits, int cells) {
    return draw(density, limits, cells, List.of());
  }

  /**
   * Draws the same with names at the axes.
   *
   * @param density the log-density; asked for some thousand points at a time
   * @param limits the part of the plane; made square
   * @param cells the number of cells along each axis, at least 2
   * @param names of both columns, or an empty list for x1, x2
   * @return the picture
   * @throws FjordException as {@link #draw(DensityFunction, Limits, int)}; {@code SHAPE_MISMATCH}
   *     for another number of names
   */
  public static BufferedImage draw(
      DensityFunction density, Limits limits, int cells, List<String> names) {
    return draw(density, limits, cells, names, Lettering.ofMachine());
  }

  static BufferedImage draw(
      DensityFunction density, Limits limits, int cells, Lettering lettering) {
    return draw(density, limits, cells, List.of(), lettering);
  }

  private static BufferedImage draw(
      DensityFunction density, Limits limits, int cells, List<String> names, Lettering lettering) {
    Rows.requireNames(names, 2);
    if (cells < 2) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "a density on " + cells + " cells; give at least 2");
    }
    Limits square = limits.squared();
    double[] values = evaluate(density, square, cells);
    double highest = highest(values);
    int width = Panel.LEFT + BOX + BAR_GAP + BAR + BAR_TEXT;
    int height = Panel.TOP + BOX + Panel.BOTTOM;
    try (Canvas canvas = new Canvas(width, height, lettering)) {
      Panel panel =
          new Panel(canvas, new Rectangle2D.Double(Panel.LEFT, Panel.TOP, BOX, BOX), square);
      panel.heat(shade(values, square, cells));
      panel.frame("density of the flow", Rows.name(names, 0), Rows.name(names, 1));
      colourBar(canvas, Math.exp(highest));
      return canvas.image();
    }
  }

  /** Colours of a density over a square part of the plane. */
  static Panel.Shade shade(DensityFunction density, Limits square, int cells) {
    return shade(evaluate(density, square, cells), square, cells);
  }

  private static Panel.Shade shade(double[] logarithms, Limits square, int cells) {
    double highest = highest(logarithms);
    double[] values =
        Arrays.stream(logarithms)
            .map(v -> v == Double.POSITIVE_INFINITY ? Double.NaN : Math.exp(v - highest))
            .toArray();
    return (x, y) ->
        COLOURS.rgb(
            interpolate(
                values,
                cells,
                (x - square.x().min()) / square.x().length() * cells - 0.5,
                (y - square.y().min()) / square.y().length() * cells - 0.5));
  }

  private static void colourBar(Canvas canvas, double highest) {
    // A density whose values a double cannot hold is shown relative to its largest value.
    boolean absolute = highest > Double.MIN_NORMAL && highest < Double.MAX_VALUE;
    double top = absolute ? highest : 1;
    Interval range = new Interval(0, top);
    Rectangle2D box = new Rectangle2D.Double(Panel.LEFT + BOX + BAR_GAP, Panel.TOP, BAR, BOX);
    Panel bar = new Panel(canvas, box, new Limits(new Interval(0, 1), range));
    bar.heat((x, y) -> COLOURS.rgb(y / top));
    bar.frame("");
    bar.rightAxis(absolute ? "p(x)" : "p / max p");
  }

  private static double[] evaluate(DensityFunction density, Limits limits, int cells) {
    double[] values = new double[cells * cells];
    for (int from = 0; from < values.length; from += BATCH) {
      double[][] rows = new double[Math.min(BATCH, values.length - from)][];
      for (int i = 0; i < rows.length; i++) {
        int column = (from + i) % cells;
        int row = (from + i) / cells;
        rows[i] =
            new double[] {
              limits.x().min() + (column + 0.5) / cells * limits.x().length(),
              limits.y().min() + (row + 0.5) / cells * limits.y().length()
            };
      }
      double[] given = density.logProb(rows);
      if (given.length != rows.length) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "the log-density gave " + given.length + " values for " + rows.length + " points");
      }
      System.arraycopy(given, 0, values, from, given.length);
    }
    return values;
  }

  private static double highest(double[] logarithms) {
    double highest = Double.NEGATIVE_INFINITY;
    for (double value : logarithms) {
      if (Double.isFinite(value)) {
        highest = Math.max(highest, value);
      }
    }
    if (Double.isInfinite(highest)) {
      throw new FjordException(
          ErrorKey.NON_FINITE,
          "the log-density is finite nowhere in the picture; check the model and the limits");
    }
    return highest;
  }

  /** Interpolates linearly in both directions; beyond the outer cells' middles, theirs holds. */
  private static double interpolate(double[] values, int cells, double x, double y) {
    double column = Math.max(0, Math.min(cells - 1, x));
    double row = Math.max(0, Math.min(cells - 1, y));
    int left = Math.min((int) column, cells - 2);
    int below = Math.min((int) row, cells - 2);
    double toRight = column - left;
    double up = row - below;
    int corner = below * cells + left;
    double low = values[corner] + toRight * (values[corner + 1] - values[corner]);
    double high =
        values[corner + cells] + toRight * (values[corner + cells + 1] - values[corner + cells]);
    return low + up * (high - low);
  }
}
