package org.fjordflow.model.images;

import com.drew.imaging.ImageMetadataReader;
import com.drew.imaging.ImageProcessingException;
import com.drew.metadata.exif.ExifIFD0Directory;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a camera was held, as it notes it in a picture (Exif 3.0, tag 274, Orientation): where the
 * stored pixels are shown.
 *
 * @param turned whether a stored line is shown as a column
 * @param columnsBackwards whether the last stored column is shown first
 * @param linesBackwards whether the last stored line is shown first
 */
record Orientation(boolean turned, boolean columnsBackwards, boolean linesBackwards) {

  private static final Orientation UPRIGHT = new Orientation(false, false, false);

  /** By the tag's value, from 1 to 8; any other is not in use, and shown as it is. */
  private static Orientation of(int tag) {
    return switch (tag) {
      case 2 -> new Orientation(false, true, false);
      case 3 -> new Orientation(false, true, true);
      case 4 -> new Orientation(false, false, true);
      case 5 -> new Orientation(true, false, false);
      case 6 -> new Orientation(true, false, true);
      case 7 -> new Orientation(true, true, true);
      case 8 -> new Orientation(true, true, false);
      default -> UPRIGHT;
    };
  }

  /** Reads what a picture says; one that says nothing, or nothing legible, is upright. */
  static Orientation of(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      @Nullable ExifIFD0Directory camera =
          ImageMetadataReader.readMetadata(in).getFirstDirectoryOfType(ExifIFD0Directory.class);
      @Nullable Integer tag =
          camera == null ? null : camera.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
      return tag == null ? UPRIGHT : of(tag);
    } catch (ImageProcessingException | IOException e) {
      // Only a note beside the pixels: whoever reads these refuses a file that is damaged.
      return UPRIGHT;
    }
  }

  /**
   * The picture as it is shown.
   *
   * @param stored returned itself where it is upright. Not modified.
   */
  BufferedImage upright(BufferedImage stored) {
    if (equals(UPRIGHT)) {
      return stored;
    }
    Raster from = stored.getRaster();
    int width = turned ? from.getHeight() : from.getWidth();
    int height = turned ? from.getWidth() : from.getHeight();
    WritableRaster shown = stored.getColorModel().createCompatibleWritableRaster(width, height);
    Object pixel = null;
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int column = turned ? y : x;
        int line = turned ? x : y;
        pixel =
            from.getDataElements(
                columnsBackwards ? from.getWidth() - 1 - column : column,
                linesBackwards ? from.getHeight() - 1 - line : line,
                pixel);
        shown.setDataElements(x, y, pixel);
      }
    }
    return new BufferedImage(stored.getColorModel(), shown, stored.isAlphaPremultiplied(), null);
  }
}
