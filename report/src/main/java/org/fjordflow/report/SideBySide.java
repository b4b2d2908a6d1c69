package org.fjordflow.report;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;

/** Several pictures as one, from left to right and line by line. */
public final class SideBySide {
  private SideBySide() {}

  /**
   * Puts pictures beside each other, their upper edges at one height, on white.
   *
   * @param pictures at least one; not modified
   * @return the picture
   */
  public static BufferedImage of(BufferedImage... pictures) {
    return inRows(pictures.length, List.of(pictures));
  }

  /**
   * Puts pictures beside each other, and below each other where a row is full.
   *
   * @param across pictures a row, at least 1
   * @param pictures at least one; not modified
   * @return the picture
   */
  public static BufferedImage inRows(int across, List<BufferedImage> pictures) {
    int width = 0;
    int height = 0;
    for (List<BufferedImage> row : rows(across, pictures)) {
      width = Math.max(width, row.stream().mapToInt(BufferedImage::getWidth).sum());
      height += highest(row);
    }
    BufferedImage whole = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = whole.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    int top = 0;
    for (List<BufferedImage> row : rows(across, pictures)) {
      int left = 0;
      for (BufferedImage picture : row) {
        graphics.drawImage(picture, left, top, null);
        left += picture.getWidth();
      }
      top += highest(row);
    }
    graphics.dispose();
    return whole;
  }

  private static int highest(List<BufferedImage> row) {
    return row.stream().mapToInt(BufferedImage::getHeight).max().orElse(0);
  }

  private static List<List<BufferedImage>> rows(int across, List<BufferedImage> pictures) {
    return IntStream.iterate(0, from -> from < pictures.size(), from -> from + across)
        .mapToObj(from -> pictures.subList(from, Math.min(from + across, pictures.size())))
        .toList();
  }
}
