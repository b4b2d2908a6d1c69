package org.fjordflow.report;

import java.awt.Color;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.util.List;
import org.fjordflow.report.Canvas.Anchor;

/**
 * A frame with two axes on a canvas, and what is drawn inside it in the units of the data. Values
 * that are not finite are left out.
 */
final class Panel {
  /** Room in points left of, above, right of and below a frame with both axes labelled. */
  static final int LEFT = 66;

  static final int TOP = 30;
  static final int RIGHT = 16;
  static final int BOTTOM = 44;

  private static final double TEXT = 12;
  private static final double TITLE = 13;
  private static final double TICK = 4;

  /** Far outside of any canvas, near enough for exact drawing. */
  private static final double FAR = 1e5;

  /** A name and the colour it stands for. */
  record Key(String name, Color colour) {}

  private final Canvas canvas;
  private final Rectangle2D box;
  private final Limits limits;

  Panel(Canvas canvas, Rectangle2D box, Limits limits) {
    this.canvas = canvas;
    this.box = box;
    this.limits = limits;
  }

  double toX(double x) {
    return far(box.getX() + (x - limits.x().min()) / limits.x().length() * box.getWidth());
  }

  double toY(double y) {
    return far(box.getMaxY() - (y - limits.y().min()) / limits.y().length() * box.getHeight());
  }

  private static double far(double place) {
    return Math.max(-FAR, Math.min(FAR, place));
  }

  /** Draws a disc of so many points radius at every row. */
  void points(double[][] rows, int x, int y, Color colour, double radius) {
    canvas.clip(box);
    for (double[] row : rows) {
      if (Double.isFinite(row[x]) && Double.isFinite(row[y])) {
        double left = toX(row[x]) - radius;
        double top = toY(row[y]) - radius;
        canvas.fill(new Ellipse2D.Double(left, top, 2 * radius, 2 * radius), colour);
      }
    }
    canvas.clipNothing();
  }

  /** Draws a line through the points; it is broken where a value is not finite. */
  void line(double[] xs, double[] ys, Color colour, double width) {
    line(xs, ys, colour, width, false);
  }

  void line(double[] xs, double[] ys, Color colour, double width, boolean dashed) {
    Path2D path = new Path2D.Double();
    boolean drawing = false;
    for (int i = 0; i < xs.length; i++) {
      boolean finite = Double.isFinite(xs[i]) && Double.isFinite(ys[i]);
      if (finite && drawing) {
        path.lineTo(toX(xs[i]), toY(ys[i]));
      } else if (finite) {
        path.moveTo(toX(xs[i]), toY(ys[i]));
      }
      drawing = finite;
    }
    canvas.clip(box);
    if (dashed) {
      canvas.strokeDashed(path, colour, width);
    } else {
      canvas.stroke(path, colour, width);
    }
    canvas.clipNothing();
  }

  /** Draws a marker at a point that is finite. */
  void marker(double x, double y, Color colour, int kind) {
    if (Double.isFinite(x) && Double.isFinite(y)) {
      canvas.clip(box);
      canvas.fill(Marker.at(toX(x), toY(y), kind), colour);
      canvas.clipNothing();
    }
  }

  /** Colours every pixel of the frame's inside by a function of its place in the data's units. */
  void heat(Shade shade) {
    int scale = Canvas.SCALE;
    int left = (int) Math.round(box.getX() * scale);
    int top = (int) Math.round(box.getY() * scale);
    int width = (int) Math.round(box.getWidth() * scale);
    int height = (int) Math.round(box.getHeight() * scale);
    for (int row = 0; row < height; row++) {
      double y = limits.y().max() - (row + 0.5) / height * limits.y().length();
      for (int column = 0; column < width; column++) {
        double x = limits.x().min() + (column + 0.5) / width * limits.x().length();
        canvas.pixel(left + column, top + row, shade.rgb(x, y));
      }
    }
  }

  /** Gives each place its colour. */
  @FunctionalInterface
  interface Shade {
    int rgb(double x, double y);
  }

  /** Draws the frame; an axis without a name keeps its ticks. */
  void frame(String title, String xName, String yName) {
    frame(title);
    horizontalAxis(xName);
    verticalAxis(yName);
  }

  /** Draws the frame of a panel whose coordinates are logarithms to base 10. */
  void logFrame(String title, String xName, String yName) {
    frame(title);
    horizontalAxis(xName, Ticks.decades(limits.x(), wanted(box.getWidth(), 45)));
    verticalAxis(yName, Ticks.decades(limits.y(), wanted(box.getHeight(), 30)));
  }

  /** Draws the frame of a panel whose first coordinate alone is a logarithm to base 10. */
  void timeFrame(String title, String xName, String yName) {
    frame(title);
    horizontalAxis(xName, Ticks.decades(limits.x(), wanted(box.getWidth(), 45)));
    verticalAxis(yName);
  }

  void frame(String title) {
    canvas.stroke(box, Palette.INK, 0.8);
    canvas.text(title, box.getX(), box.getY() - 9, Anchor.START, TITLE);
  }

  void horizontalAxis(String name) {
    horizontalAxis(name, Ticks.within(limits.x(), wanted(box.getWidth(), 65)));
  }

  private void horizontalAxis(String name, List<Ticks.Tick> ticks) {
    for (Ticks.Tick tick : ticks) {
      double x = toX(tick.value());
      double y = box.getMaxY();
      canvas.stroke(new Line2D.Double(x, y, x, y + TICK), Palette.INK, 0.8);
      canvas.text(tick.label(), x, y + TICK + TEXT, Anchor.MIDDLE, TEXT);
    }
    canvas.text(name, box.getCenterX(), box.getMaxY() + 36, Anchor.MIDDLE, TEXT);
  }

  void verticalAxis(String name) {
    verticalAxis(name, Ticks.within(limits.y(), wanted(box.getHeight(), 50)));
  }

  private void verticalAxis(String name, List<Ticks.Tick> ticks) {
    double widest = 0;
    for (Ticks.Tick tick : ticks) {
      double x = box.getX();
      double y = toY(tick.value());
      canvas.stroke(new Line2D.Double(x - TICK, y, x, y), Palette.INK, 0.8);
      canvas.text(tick.label(), x - TICK - 4, y + 0.36 * TEXT, Anchor.END, TEXT);
      widest = Math.max(widest, canvas.textWidth(tick.label(), TEXT));
    }
    double x = Math.max(box.getX() - LEFT + TEXT, box.getX() - widest - TICK - 14);
    canvas.textUpwards(name, x, box.getCenterY(), TEXT);
  }

  /** Writes the values of the vertical axis at its right side, as beside a colour bar. */
  void rightAxis(String name) {
    for (Ticks.Tick tick : Ticks.within(limits.y(), wanted(box.getHeight(), 50))) {
      double x = box.getMaxX();
      double y = toY(tick.value());
      canvas.stroke(new Line2D.Double(x, y, x + TICK, y), Palette.INK, 0.8);
      canvas.text(tick.label(), x + TICK + 4, y + 0.36 * TEXT, Anchor.START, TEXT);
    }
    canvas.text(name, box.getX(), box.getY() - 9, Anchor.START, TEXT);
  }

  private static int wanted(double length, double spacing) {
    return Math.max(2, (int) (length / spacing));
  }

  /** Writes names above the frame, from its right end, where they hide no data. */
  void legend(List<Key> keys) {
    double x = box.getMaxX();
    double y = box.getY() - 9;
    for (int i = keys.size() - 1; i >= 0; i--) {
      Key key = keys.get(i);
      canvas.text(key.name(), x, y, Anchor.END, TEXT);
      x -= canvas.textWidth(key.name(), TEXT) + 10;
      canvas.fill(new Ellipse2D.Double(x - 4, y - 8, 8, 8), key.colour());
      x -= 18;
    }
  }
}
