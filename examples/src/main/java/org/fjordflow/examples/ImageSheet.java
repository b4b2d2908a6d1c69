package org.fjordflow.examples;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.internal.AtomicFiles;

/** Grey images side by side, in a picture. */
final class ImageSheet {

  /** Lines and columns of the picture for each of an image. */
  private static final int ZOOM = 2;

  private static final int GAP = 2;

  private ImageSheet() {}

  /**
   * Writes a PNG file.
   *
   * @param file where to
   * @param shape of the images; the first channel is drawn
   * @param images grey levels from 0 to 255. Not modified.
   * @throws org.fjordflow.base.FjordException FILE_UNWRITABLE
   */
  static void write(Path file, ImageShape shape, double[][] images) {
    write(file, shape, images, Math.max(1, (int) Math.ceil(Math.sqrt(images.length))), ZOOM);
  }

  /**
   * Writes a PNG file.
   *
   * @param file where to
   * @param shape of the images; the first channel is drawn
   * @param images grey levels from 0 to 255. Not modified.
   * @param across images of a line
   * @param zoom lines and columns of the picture for each of an image
   * @throws org.fjordflow.base.FjordException FILE_UNWRITABLE
   */
  static void write(Path file, ImageShape shape, double[][] images, int across, int zoom) {
    int down = Math.max(1, (images.length + across - 1) / across);
    int cellWidth = zoom * shape.width() + GAP;
    int cellHeight = zoom * shape.height() + GAP;
    BufferedImage sheet =
        new BufferedImage(
            across * cellWidth + GAP, down * cellHeight + GAP, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < images.length; i++) {
      int left = GAP + i % across * cellWidth;
      int top = GAP + i / across * cellHeight;
      for (int y = 0; y < zoom * shape.height(); y++) {
        for (int x = 0; x < zoom * shape.width(); x++) {
          double level = images[i][shape.column(y / zoom, x / zoom, 0)];
          sheet.getRaster().setSample(left + x, top + y, 0, (int) level);
        }
      }
    }
    AtomicFiles.writeBytes(file, png(sheet));
  }

  private static byte[] png(BufferedImage picture) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(picture, "png", bytes)) {
        throw new IllegalStateException("this JDK has no PNG encoder");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }
}
