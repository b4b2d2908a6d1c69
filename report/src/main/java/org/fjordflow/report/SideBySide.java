package org.fjordflow.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;

/** Several pictures as one, from left to right. */
public final class SideBySide {
  private SideBySide() {}

  /**
   * Puts pictures beside each other, their upper edges at one height, on white.
   *
   * @param pictures at least one; not modified
   * @return the picture
   */
  public static BufferedImage of(BufferedImage... pictures) {
    int width = 0;
    int height = 0;
    for (BufferedImage picture : pictures) {
      width += picture.getWidth();
      height = Math.max(height, picture.getHeight());
    }
    BufferedImage whole = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = whole.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    int left = 0;
    for (BufferedImage picture : pictures) {
      graphics.drawImage(picture, left, 0, null);
      left += picture.getWidth();
    }
    graphics.dispose();
    return whole;
  }
}
