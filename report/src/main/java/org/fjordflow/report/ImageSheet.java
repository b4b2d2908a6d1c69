package org.fjordflow.report;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ImageShape;

/** Images side by side, in a picture: in colour where they have three channels, else grey. */
public final class ImageSheet {

  private static final int COLOURS = 3;
  private static final int WHITE = 255;
  private static final int GAP = 2;
  private static final int MOST_ZOOM = 8;
  private static final int PLEASANT = 64;
  private static final int GROUND = 0x40;

  /** As many as are read back. */
  private static final long MOST_PIXELS = 1L << 26;

  private ImageSheet() {}

  /**
   * Draws a sheet that is about square, small images enlarged.
   *
   * @param shape of the images
   * @param levels values that a number can have
   * @param images whole numbers from 0 to levels - 1. Not modified.
   */
  public static BufferedImage draw(ImageShape shape, int levels, double[][] images) {
    int across = Math.max(1, (int) Math.ceil(Math.sqrt(images.length)));
    return draw(shape, levels, images, across);
  }

  /**
   * Draws a sheet.
   *
   * @param shape of the images; of two channels, or more than three, the first is drawn
   * @param levels values that a number can have
   * @param images whole numbers from 0 to levels - 1, line by line of the sheet. Not modified.
   * @param across images of a line, at least 1
   * @throws FjordException INVALID_ARGUMENT for lines without images
   */
  public static BufferedImage draw(ImageShape shape, int levels, double[][] images, int across) {
    return draw(shape, levels, images, across, zoom(shape));
  }

  private static int zoom(ImageShape shape) {
    return Math.max(1, Math.min(MOST_ZOOM, PLEASANT / Math.max(shape.height(), shape.width())));
  }

  /**
   * Checks, before images are made, that their sheet can be drawn.
   *
   * @param shape of the images
   * @param images how many
   * @param across images of a line, at least 1
   * @throws FjordException INVALID_ARGUMENT for a picture of more than 2^26 pixels
   */
  public static void requireDrawable(ImageShape shape, int images, int across) {
    requireDrawable(shape, images, across, zoom(shape), GAP);
  }

  private static void requireDrawable(ImageShape shape, int images, int across, int zoom, int gap) {
    long down = Math.max(1, (images + across - 1L) / across);
    long pixels =
        ((long) zoom * shape.width() + gap)
            * across
            * (((long) zoom * shape.height() + gap) * down);
    if (pixels > MOST_PIXELS) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a sheet of %d lines of %d images would have %d pixels; expected at most %d: take fewer images, or write them one by one"
              .formatted(down, across, pixels, MOST_PIXELS));
    }
  }

  /**
   * Draws a sheet.
   *
   * @param zoom lines and columns of the picture for each of an image, at least 1
   * @throws FjordException INVALID_ARGUMENT for lines without images, or images without pixels
   */
  public static BufferedImage draw(
      ImageShape shape, int levels, double[][] images, int across, int zoom) {
    return draw(shape, levels, images, across, zoom, GAP);
  }

  /**
   * Draws images as they are, pixel by pixel, without gaps: what reads back as the same numbers
   * where there are 256 levels.
   *
   * @param image whole numbers from 0 to levels - 1. Not modified.
   */
  public static BufferedImage single(ImageShape shape, int levels, double[] image) {
    return draw(shape, levels, new double[][] {image}, 1, 1, 0);
  }

  private static BufferedImage draw(
      ImageShape shape, int levels, double[][] images, int across, int zoom, int gap) {
    if (across < 1 || zoom < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%d images a line at %d times their size; expected at least 1 of both"
              .formatted(across, zoom));
    }
    requireDrawable(shape, images.length, across, zoom, gap);
    Headless.prefer();
    int down = Math.max(1, (images.length + across - 1) / across);
    boolean colour = shape.channels() == COLOURS;
    int cellWidth = zoom * shape.width() + gap;
    int cellHeight = zoom * shape.height() + gap;
    BufferedImage sheet =
        new BufferedImage(
            across * cellWidth + gap,
            down * cellHeight + gap,
            colour ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_BYTE_GRAY);
    int[] ground = new int[colour ? COLOURS : 1];
    Arrays.fill(ground, GROUND);
    for (int y = 0; y < sheet.getHeight(); y++) {
      for (int x = 0; x < sheet.getWidth(); x++) {
        sheet.getRaster().setPixel(x, y, ground);
      }
    }
    for (int i = 0; i < images.length; i++) {
      int left = gap + i % across * cellWidth;
      int top = gap + i / across * cellHeight;
      for (int y = 0; y < zoom * shape.height(); y++) {
        for (int x = 0; x < zoom * shape.width(); x++) {
          for (int c = 0; c < ground.length; c++) {
            double level = images[i][shape.column(y / zoom, x / zoom, c)];
            int shade = (int) Math.round(level * WHITE / (levels - 1));
            sheet.getRaster().setSample(left + x, top + y, c, Math.max(0, Math.min(WHITE, shade)));
          }
        }
      }
    }
    return sheet;
  }
}
