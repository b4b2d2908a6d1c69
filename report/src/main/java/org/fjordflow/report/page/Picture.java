package org.fjordflow.report.page;

import java.awt.image.BufferedImage;
import java.util.Base64;
import org.fjordflow.report.PictureWriter;

/**
 * A picture, with its pixels in the page.
 *
 * @param title a heading, or empty
 * @param note a sentence below it, or empty
 * @param source the picture as a data URI
 * @param width in pixels
 */
public record Picture(String title, String note, String source, int width) implements Block {

  /**
   * A picture as PNG.
   *
   * @param picture Not modified.
   */
  public static Picture of(String title, String note, BufferedImage picture) {
    String bytes = Base64.getEncoder().encodeToString(PictureWriter.png(picture));
    return new Picture(title, note, "data:image/png;base64," + bytes, picture.getWidth());
  }
}
