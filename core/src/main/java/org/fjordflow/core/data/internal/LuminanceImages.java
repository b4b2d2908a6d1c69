package org.fjordflow.core.data.internal;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** Pictures as luminances from 0 (black) to 1 (white). Needs no window system. */
public final class LuminanceImages {
  /** Above this a header is taken to be damaged rather than believed. */
  private static final long MAX_PIXELS = 1L << 26;

  private LuminanceImages() {}

  /** Reads a picture into [height][width]; see {@link ImageDensity#read}. */
  public static double[][] read(Path path) {
    BufferedImage image = picture(path);
    double[][] luminance = new double[image.getHeight()][image.getWidth()];
    // getRGB takes a grey image's values for linear light and brightens them: read those as stored.
    boolean grey =
        image.getRaster().getNumBands() <= 2 && !(image.getColorModel() instanceof IndexColorModel);
    for (int y = 0; y < luminance.length; y++) {
      for (int x = 0; x < luminance[y].length; x++) {
        luminance[y][x] = grey ? grey(image.getRaster(), x, y) : ofColour(image.getRGB(x, y));
      }
    }
    return luminance;
  }

  /**
   * Reads a picture as it is stored.
   *
   * @throws FjordException FILE_MISSING; FILE_FORMAT if the file is no picture; FILE_DAMAGED
   */
  public static BufferedImage picture(Path path) {
    return InputFiles.read(path, InputFiles.UNPACKED, in -> decode(in, path));
  }

  private static BufferedImage decode(InputStream in, Path path) throws IOException {
    // Not ImageIO.read(InputStream), which would write a cache file.
    try (ImageInputStream stream = new MemoryCacheImageInputStream(in)) {
      Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
      if (!readers.hasNext()) {
        throw new FjordException(
            ErrorKey.FILE_FORMAT, path + " is no picture; expected PNG, JPEG, GIF or BMP");
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(stream, true, true);
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        if (pixels < 1 || pixels > MAX_PIXELS) {
          throw new IOException("it claims " + pixels + " pixels, expected 1 to " + MAX_PIXELS);
        }
        return reader.read(0);
      } catch (RuntimeException e) {
        throw new IOException("its picture is damaged (" + e.getClass().getSimpleName() + ")", e);
      } finally {
        reader.dispose();
      }
    }
  }

  private static double grey(Raster raster, int x, int y) {
    double value = raster.getSample(x, y, 0) / largest(raster, 0);
    double alpha = raster.getNumBands() == 2 ? raster.getSample(x, y, 1) / largest(raster, 1) : 1;
    return onWhite(value, alpha);
  }

  private static double largest(Raster raster, int band) {
    return Math.scalb(1.0, raster.getSampleModel().getSampleSize(band)) - 1;
  }

  /** ITU-R BT.601, the weights of PIL's mode L, which FFJORD uses. */
  private static double ofColour(int argb) {
    int red = (argb >> 16) & 0xFF;
    int green = (argb >> 8) & 0xFF;
    int blue = argb & 0xFF;
    return onWhite((0.299 * red + 0.587 * green + 0.114 * blue) / 255, (argb >>> 24) / 255.0);
  }

  private static double onWhite(double value, double alpha) {
    return 1 - alpha * (1 - value);
  }
}
