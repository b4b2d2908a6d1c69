package org.fjordflow.report;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** A regular grid of the base space and what the flow makes of it, in two dimensions. */
public final class GridPicture {
  private static final int BOX = 360;
  private static final int LINES = 25;
  private static final int POINTS_PER_LINE = 241;

  private GridPicture() {}

  /**
   * Draws the grid over [-extent, extent] in both directions of the base space, and its image under
   * the map. Lines are broken where the map is not finite.
   *
   * @param baseToData the map from base space to data space
   * @param extent half the width of the grid, above 0; 3 holds nearly all of a standard normal
   * @return the picture
   * @throws FjordException {@code INVALID_ARGUMENT} if the extent is not finite and positive,
   *     {@code SHAPE_MISMATCH} if the map does not give as many rows of two columns as it got,
   *     {@code NON_FINITE} if no image is finite
   */
  public static BufferedImage draw(PointMap baseToData, double extent) {
    return draw(baseToData, extent, List.of());
  }

  /**
   * Draws the same with names at the axes of the data.
   *
   * @param baseToData the map from base space to data space
   * @param extent half the width of the grid, above 0
   * @param names of both columns, or an empty list for x1, x2
   * @return the picture
   * @throws FjordException as {@link #draw(PointMap, double)}; {@code SHAPE_MISMATCH} for another
   *     number of names
   */
  public static BufferedImage draw(PointMap baseToData, double extent, List<String> names) {
    return draw(baseToData, extent, names, Lettering.ofMachine());
  }

  static BufferedImage draw(PointMap baseToData, double extent, Lettering lettering) {
    return draw(baseToData, extent, List.of(), lettering);
  }

  private static BufferedImage draw(
      PointMap baseToData, double extent, List<String> names, Lettering lettering) {
    Rows.requireNames(names, 2);
    Interval range = new Interval(-1.08 * extent, 1.08 * extent);
    double[][] before = points(extent);
    double[][] after = baseToData.apply(before);
    if (after.length != before.length || Rows.requireColumns(after, 2, "grid") != 2) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "the map of the grid gave another number of rows or columns; expected "
              + before.length
              + " rows of 2 columns");
    }
    int panelWidth = Panel.LEFT + BOX + Panel.RIGHT;
    int height = Panel.TOP + BOX + Panel.BOTTOM;
    try (Canvas canvas = new Canvas(2 * panelWidth, height, lettering)) {
      drawLines(canvas, 0, before, new Limits(range, range)).frame("base space", "z1", "z2");
      drawLines(canvas, panelWidth, after, Limits.around(after))
          .frame("data space", Rows.name(names, 0), Rows.name(names, 1));
      return canvas.image();
    }
  }

  /** Returns the lines one after another: first those along the first coordinate. */
  private static double[][] points(double extent) {
    List<double[]> points = new ArrayList<>();
    for (int direction = 0; direction < 2; direction++) {
      for (int line = 0; line < LINES; line++) {
        double across = extent * (2.0 * line / (LINES - 1) - 1);
        for (int i = 0; i < POINTS_PER_LINE; i++) {
          double along = extent * (2.0 * i / (POINTS_PER_LINE - 1) - 1);
          points.add(direction == 0 ? new double[] {along, across} : new double[] {across, along});
        }
      }
    }
    return points.toArray(double[][]::new);
  }

  private static Panel drawLines(Canvas canvas, int left, double[][] points, Limits limits) {
    Rectangle2D box = new Rectangle2D.Double(left + Panel.LEFT, Panel.TOP, BOX, BOX);
    Panel panel = new Panel(canvas, box, limits);
    for (int line = 0; line < 2 * LINES; line++) {
      int from = line * POINTS_PER_LINE;
      double[][] part = Arrays.copyOfRange(points, from, from + POINTS_PER_LINE);
      double[] xs = Arrays.stream(part).mapToDouble(point -> point[0]).toArray();
      double[] ys = Arrays.stream(part).mapToDouble(point -> point[1]).toArray();
      Color colour = line < LINES ? Palette.BLUE : Palette.RED;
      panel.line(xs, ys, Palette.translucent(colour, 0.85), 0.8);
    }
    return panel;
  }
}
