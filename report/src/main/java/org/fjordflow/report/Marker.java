package org.fjordflow.report;

import java.awt.Color;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Line2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;

/** Small shapes that tell points of curves apart. */
final class Marker {
  private static final double RADIUS = 2.8;
  private static final double SAMPLE = 28;

  private Marker() {}

  /** Returns a disc, a square, a triangle or a diamond around a place. */
  static Shape at(double x, double y, int kind) {
    return switch (Math.floorMod(kind, 4)) {
      case 0 -> new Ellipse2D.Double(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS);
      case 1 -> new Rectangle2D.Double(x - RADIUS, y - RADIUS, 2 * RADIUS, 2 * RADIUS);
      case 2 ->
          polygon(x, y - 1.3 * RADIUS, x + 1.2 * RADIUS, y + RADIUS, x - 1.2 * RADIUS, y + RADIUS);
      default ->
          polygon(
              x, y - 1.4 * RADIUS, x + 1.4 * RADIUS, y, x, y + 1.4 * RADIUS, x - 1.4 * RADIUS, y);
    };
  }

  private static Shape polygon(double... corners) {
    Path2D path = new Path2D.Double();
    path.moveTo(corners[0], corners[1]);
    for (int i = 2; i < corners.length; i += 2) {
      path.lineTo(corners[i], corners[i + 1]);
    }
    path.closePath();
    return path;
  }

  /** Draws a piece of a line with its marker, as a legend has it. */
  static void sample(Canvas canvas, double x, double y, Color colour, int kind, boolean dashed) {
    Shape line = new Line2D.Double(x, y, x + SAMPLE, y);
    if (dashed) {
      canvas.strokeDashed(line, colour, 1.3);
    } else {
      canvas.stroke(line, colour, 1.3);
    }
    canvas.fill(at(x + SAMPLE / 2, y, kind), colour);
  }
}
