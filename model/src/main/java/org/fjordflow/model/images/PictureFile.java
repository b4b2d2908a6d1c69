package org.fjordflow.model.images;

import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.internal.LuminanceImages;

/**
 * One PNG or JPEG file.
 *
 * @param shape with one channel for a grey picture, else three
 * @param levels values that a number can have
 * @param values from 0 to levels - 1
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record PictureFile(ImageShape shape, int levels, double[] values) {

  private static final int COLOURS = 3;
  private static final int OPAQUE = 255;
  private static final double WHITE = 255;
  private static final int BITS = 8;

  /** Whether a file is taken for a picture by its name. */
  static boolean isNamed(Path file) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    return !name.startsWith(".") && Stream.of(".png", ".jpg", ".jpeg").anyMatch(name::endsWith);
  }

  /**
   * Reads a picture as viewers show it, upright where the camera has noted how it was held. One
   * with a palette has the colours of its palette; one whose palette is grey is grey.
   *
   * @param levels that the shades stand for, evenly from black to white; 256, or 0, for shades as
   *     they are
   * @throws FjordException naming the file: FILE_MISSING, FILE_DAMAGED, FILE_FORMAT; UNSUPPORTED
   *     for more than 8 bits a channel, and for pixels that are not opaque; INVALID_ARGUMENT for a
   *     shade that is none of the levels
   */
  static PictureFile read(Path file, int levels) {
    PictureFile stored = read(file);
    return levels == 0 || levels == ImageSpec.GREY_LEVELS
        ? stored
        : new PictureFile(
            stored.shape,
            levels,
            Arrays.stream(stored.values).map(shade -> level(file, shade, levels)).toArray());
  }

  /** The level that is drawn as a shade. */
  private static double level(Path file, double shade, int levels) {
    double level = Math.rint(shade * (levels - 1) / WHITE);
    if (Math.round(level * WHITE / (levels - 1)) != shade) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%s has the shade %.0f, which is none of %d levels from black (0) to white (255); --levels %d takes shades as they are"
              .formatted(file, shade, levels, ImageSpec.GREY_LEVELS));
    }
    return level;
  }

  private static PictureFile read(Path file) {
    BufferedImage picture = Orientation.of(file).upright(LuminanceImages.picture(file));
    ColorModel colours = picture.getColorModel();
    int bits = IntStream.of(picture.getSampleModel().getSampleSize()).max().orElse(BITS);
    if (bits > BITS) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED, "%s has %d bits a channel; save it with 8".formatted(file, bits));
    }
    boolean stored = !(colours instanceof IndexColorModel) && picture.getRaster().getNumBands() < 3;
    // getRGB takes grey levels for linear light and changes them: those are read as stored.
    return stored ? grey(file, picture.getRaster()) : coloured(file, picture);
  }

  private static PictureFile grey(Path file, Raster raster) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    double[] values = new double[width * height];
    for (int i = 0; i < values.length; i++) {
      values[i] = raster.getSample(i % width, i / width, 0);
      if (raster.getNumBands() > 1) {
        requireOpaque(file, raster.getSample(i % width, i / width, 1), i % width, i / width);
      }
    }
    return new PictureFile(new ImageShape(height, width, 1), ImageSpec.GREY_LEVELS, values);
  }

  private static PictureFile coloured(Path file, BufferedImage picture) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    ColorModel colours = picture.getColorModel();
    double[] values = new double[COLOURS * width * height];
    for (int i = 0; i < width * height; i++) {
      int argb = picture.getRGB(i % width, i / width);
      requireOpaque(file, argb >>> 24, i % width, i / width);
      for (int c = 0; c < COLOURS; c++) {
        values[COLOURS * i + c] = argb >> (16 - 8 * c) & 0xFF;
      }
    }
    ImageShape shape = new ImageShape(height, width, COLOURS);
    return colours instanceof IndexColorModel index && isGrey(index)
        ? new PictureFile(shape.withChannels(1), ImageSpec.GREY_LEVELS, firstOf(values))
        : new PictureFile(shape, ImageSpec.GREY_LEVELS, values);
  }

  private static void requireOpaque(Path file, int alpha, int x, int y) {
    if (alpha != OPAQUE) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "%s is transparent at column %d, line %d; put it on a ground"
              .formatted(file, x + 1, y + 1));
    }
  }

  private static boolean isGrey(IndexColorModel palette) {
    return IntStream.range(0, palette.getMapSize())
        .allMatch(
            i ->
                palette.getRed(i) == palette.getGreen(i)
                    && palette.getRed(i) == palette.getBlue(i));
  }

  private static double[] firstOf(double[] colours) {
    return IntStream.range(0, colours.length / COLOURS)
        .mapToDouble(i -> colours[COLOURS * i])
        .toArray();
  }

  /** The same picture with three channels. */
  PictureFile inColour() {
    return shape.channels() == COLOURS
        ? this
        : new PictureFile(shape.withChannels(COLOURS), levels, inColour(values));
  }

  /** Grey levels, each three times. */
  static double[] inColour(double[] grey) {
    return IntStream.range(0, COLOURS * grey.length).mapToDouble(i -> grey[i / COLOURS]).toArray();
  }
}
