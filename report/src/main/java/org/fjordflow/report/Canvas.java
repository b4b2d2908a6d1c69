package org.fjordflow.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.AffineTransform;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;

/** A white image to draw on, measured in points of {@value #SCALE} by {@value #SCALE} pixels. */
final class Canvas implements AutoCloseable {
  /** Pixels a point: sharp on fine screens and at the size of a column in print. */
  static final int SCALE = 2;

  /** Where a text lies relative to the given point. */
  enum Anchor {
    START(0),
    MIDDLE(0.5),
    END(1);

    private final double share;

    Anchor(double share) {
      this.share = share;
    }
  }

  private final BufferedImage image;
  private final Graphics2D graphics;
  private final Lettering lettering;

  Canvas(int width, int height, Lettering lettering) {
    Headless.prefer();
    image = new BufferedImage(width * SCALE, height * SCALE, BufferedImage.TYPE_INT_RGB);
    graphics = image.createGraphics();
    this.lettering = lettering;
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, image.getWidth(), image.getHeight());
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setRenderingHint(RenderingHints.KEY_STROKE_CONTROL, RenderingHints.VALUE_STROKE_PURE);
    graphics.scale(SCALE, SCALE);
  }

  BufferedImage image() {
    return image;
  }

  void clip(Rectangle2D box) {
    graphics.setClip(box);
  }

  void clipNothing() {
    graphics.setClip(null);
  }

  void fill(Shape shape, Color colour) {
    graphics.setColor(colour);
    graphics.fill(shape);
  }

  void stroke(Shape shape, Color colour, double width) {
    graphics.setColor(colour);
    graphics.setStroke(
        new BasicStroke((float) width, BasicStroke.CAP_ROUND, BasicStroke.JOIN_ROUND));
    graphics.draw(shape);
  }

  void strokeDashed(Shape shape, Color colour, double width) {
    graphics.setColor(colour);
    graphics.setStroke(
        new BasicStroke(
            (float) width, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {5, 3}, 0));
    graphics.draw(shape);
  }

  /** Sets one pixel, counted in pixels from the left and from the top. */
  void pixel(int x, int y, int rgb) {
    image.setRGB(x, y, rgb);
  }

  double textWidth(String text, double size) {
    return lettering.line(text, size).width();
  }

  /** Writes a line of text with its baseline at {@code y}. */
  void text(String text, double x, double y, Anchor anchor, double size) {
    text(text, AffineTransform.getTranslateInstance(x, y), anchor, size);
  }

  /**
   * Writes a line of text that runs upwards, its baseline at {@code x}, its middle at {@code y}.
   */
  void textUpwards(String text, double x, double y, double size) {
    AffineTransform turn = AffineTransform.getTranslateInstance(x, y);
    turn.quadrantRotate(-1);
    text(text, turn, Anchor.MIDDLE, size);
  }

  private void text(String text, AffineTransform place, Anchor anchor, double size) {
    Lettering.Line line = lettering.line(text, size);
    place.translate(-anchor.share * line.width(), 0);
    fill(place.createTransformedShape(line.shape()), Palette.INK);
  }

  @Override
  public void close() {
    graphics.dispose();
  }
}
