package org.fjordflow.report;

import java.awt.Color;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** The paths that samples take from the base distribution to the data. */
public final class PathsPicture {
  private static final int BOX = 400;
  private static final int PATHS = 300;

  private PathsPicture() {}

  /**
   * Draws paths: in two dimensions in the plane, in more the first two coordinates, in one against
   * time. At most some hundred paths are drawn; a path ends where it stops being finite.
   *
   * @param times the times of the states, in the order in which they are passed; not modified
   * @param states for each time the points then, one a row: {@code states[k][i]} is where path i is
   *     at {@code times[k]}; not modified
   * @return the picture
   * @throws FjordException {@code INVALID_ARGUMENT} if there is no time or no path, {@code
   *     SHAPE_MISMATCH} if the numbers of times, rows or columns do not fit, {@code NON_FINITE} if
   *     no state is finite
   */
  public static BufferedImage draw(double[] times, double[][][] states) {
    return draw(times, states, List.of());
  }

  /**
   * Draws the same with names at the axes.
   *
   * @param times the times of the states, in the order in which they are passed; not modified
   * @param states for each time the points then, one a row; not modified
   * @param names of the columns, or an empty list for x1, x2, ...
   * @return the picture
   * @throws FjordException as {@link #draw(double[], double[][][])}; {@code SHAPE_MISMATCH} for
   *     another number of names
   */
  public static BufferedImage draw(double[] times, double[][][] states, List<String> names) {
    return draw(times, states, names, Lettering.ofMachine());
  }

  static BufferedImage draw(double[] times, double[][][] states, Lettering lettering) {
    return draw(times, states, List.of(), lettering);
  }

  private static BufferedImage draw(
      double[] times, double[][][] states, List<String> names, Lettering lettering) {
    int dimension = requireShapes(times, states);
    Rows.requireNames(names, dimension);
    double[][][] paths = planePaths(times, states, dimension);
    double[][] all = Arrays.stream(paths).flatMap(Arrays::stream).toArray(double[][]::new);
    Limits limits =
        dimension == 1
            ? new Limits(Interval.around(times, 0, 0.04), Limits.interval(all, 1))
            : Limits.around(all);
    int width = Panel.LEFT + BOX + Panel.RIGHT;
    int height = Panel.TOP + BOX + Panel.BOTTOM;
    try (Canvas canvas = new Canvas(width, height, lettering)) {
      Rectangle2D box = new Rectangle2D.Double(Panel.LEFT, Panel.TOP, BOX, BOX);
      Panel panel = new Panel(canvas, box, limits);
      Color faint = Palette.translucent(Palette.INK, 0.22);
      for (double[][] path : paths) {
        panel.line(column(path, 0), column(path, 1), faint, 0.7);
      }
      panel.points(ends(paths, 0), 0, 1, Palette.translucent(Palette.CYAN, 0.8), 1.7);
      panel.points(
          ends(paths, times.length - 1), 0, 1, Palette.translucent(Palette.RED, 0.85), 1.7);
      String title = dimension <= 2 ? "paths of samples" : "paths: first two of " + dimension;
      String first = Rows.name(names, 0);
      panel.frame(
          title, dimension == 1 ? "time" : first, dimension == 1 ? first : Rows.name(names, 1));
      panel.legend(
          List.of(new Panel.Key("base", Palette.CYAN), new Panel.Key("samples", Palette.RED)));
      return canvas.image();
    }
  }

  private static int requireShapes(double[] times, double[][][] states) {
    if (times.length == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "paths without a single time; give at least one");
    }
    if (states.length != times.length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "paths at " + states.length + " times, but " + times.length + " times are given");
    }
    int dimension = Rows.requireColumns(states[0], 1, "states");
    for (double[][] state : states) {
      if (state.length != states[0].length
          || Rows.requireColumns(state, 1, "states") != dimension) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "paths whose states differ in shape from time to time; expected "
                + states[0].length
                + " rows of "
                + dimension
                + " columns at each");
      }
    }
    return dimension;
  }

  /** Returns the paths to draw as points of the plane, NaN from where a path is not finite. */
  private static double[][][] planePaths(double[] times, double[][][] states, int dimension) {
    int count = Math.min(PATHS, states[0].length);
    double[][][] paths = new double[count][times.length][];
    for (int i = 0; i < count; i++) {
      int from = (int) ((long) i * states[0].length / count);
      boolean alive = true;
      for (int k = 0; k < times.length; k++) {
        double[] state = states[k][from];
        double x = dimension == 1 ? times[k] : state[0];
        double y = dimension == 1 ? state[0] : state[1];
        alive &= Double.isFinite(x) && Double.isFinite(y);
        paths[i][k] = alive ? new double[] {x, y} : new double[] {Double.NaN, Double.NaN};
      }
    }
    return paths;
  }

  private static double[] column(double[][] path, int column) {
    return Arrays.stream(path).mapToDouble(point -> point[column]).toArray();
  }

  private static double[][] ends(double[][][] paths, int time) {
    return Arrays.stream(paths).map(path -> path[time]).toArray(double[][]::new);
  }
}
