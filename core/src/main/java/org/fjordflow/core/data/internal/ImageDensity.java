package org.fjordflow.core.data.internal;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * A picture as a density on (-4, 4) x (-4, 4): the darker a pixel, the likelier a point in it.
 *
 * <p>As in FFJORD ({@code train_img2d.py}) a pixel's probability is the image's largest luminance
 * minus its own, over the sum of that, and both axes run from -4 to 4 whatever the picture's shape.
 * Two things differ: a point lies uniformly within its pixel where FFJORD puts a normal of half a
 * pixel around its centre, so that density and entropy are exact; and the first row of pixels is at
 * the top (y near 4), so that the density stands upright.
 */
public final class ImageDensity {
  /** Half the length of a side of the square that the picture is drawn on. */
  public static final double EXTENT = 4;

  private final int width;
  private final int height;
  private final double[] cumulative;

  /**
   * Makes a density of luminances.
   *
   * @param luminance [height][width], finite, in any unit, the first row at the top. Not modified
   * @throws FjordException SHAPE_MISMATCH if there are no pixels or rows differ in length;
   *     NON_FINITE; INVALID_ARGUMENT if all pixels are equally bright
   */
  public ImageDensity(double[][] luminance) {
    this.height = luminance.length;
    this.width = height == 0 ? 0 : luminance[0].length;
    for (double[] row : luminance) {
      requireRow(row, width);
    }
    double brightest =
        Arrays.stream(luminance).flatMapToDouble(Arrays::stream).max().orElse(Double.NaN);
    this.cumulative = new double[Math.multiplyExact(width, height)];
    double sum = 0;
    for (int i = 0; i < cumulative.length; i++) {
      sum += brightest - luminance[i / width][i % width];
      cumulative[i] = sum;
    }
    if (height == 0 || !(sum > 0)) {
      throw new FjordException(
          height == 0 ? ErrorKey.SHAPE_MISMATCH : ErrorKey.INVALID_ARGUMENT,
          "all pixels are equally bright; expected a picture, dark on a bright ground");
    }
    for (int i = 0; i < cumulative.length; i++) {
      cumulative[i] /= sum;
    }
  }

  /**
   * Reads a picture.
   *
   * @param path a PNG, JPEG, GIF or BMP file. Colours are turned into luminance (0.299 R + 0.587 G
   *     + 0.114 B); what is transparent counts as white
   * @return its density
   * @throws FjordException FILE_MISSING; FILE_FORMAT if the file is no picture; FILE_DAMAGED;
   *     INVALID_ARGUMENT if all pixels are equally bright
   */
  public static ImageDensity read(Path path) {
    return new ImageDensity(LuminanceImages.read(path));
  }

  /**
   * Draws independent points.
   *
   * @param n how many, at least 0
   * @param random where randomness comes from; the same state gives the same points
   * @return [n][2]
   * @throws FjordException INVALID_ARGUMENT if n is negative
   */
  public double[][] sample(int n, RandomGenerator random) {
    if (n < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, n + " points of a picture, expected 0 or more");
    }
    double[][] points = new double[n][];
    for (int i = 0; i < n; i++) {
      int pixel = firstAbove(random.nextDouble());
      double column = pixel % width + random.nextDouble();
      double row = Math.floorDiv(pixel, width) + random.nextDouble();
      points[i] =
          new double[] {
            EXTENT * (2 * column / width - 1), EXTENT * (1 - 2 * row / height),
          };
    }
    return points;
  }

  /**
   * The exact log-density at a point, in nats.
   *
   * @param x its first coordinate
   * @param y its second coordinate
   * @return the value, minus infinity outside the picture and in its brightest pixels
   */
  public double logProb(double x, double y) {
    int column = (int) Math.floor((x / EXTENT + 1) / 2 * width);
    int row = (int) Math.floor((1 - y / EXTENT) / 2 * height);
    boolean inside = column >= 0 && column < width && row >= 0 && row < height;
    return inside && !Double.isNaN(x + y)
        ? Math.log(probability(row * width + column) / pixelArea())
        : Double.NEGATIVE_INFINITY;
  }

  /** Returns the exact differential entropy in nats. */
  public double entropy() {
    double entropy = 0;
    for (int pixel = 0; pixel < cumulative.length; pixel++) {
      double probability = probability(pixel);
      if (probability > 0) {
        entropy -= probability * Math.log(probability / pixelArea());
      }
    }
    return entropy;
  }

  private static void requireRow(double[] row, int width) {
    if (row.length != width || width == 0) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "a row of %d pixels where the first one has %d; expected rows of equal length"
              .formatted(row.length, width));
    }
    for (double value : row) {
      if (!Double.isFinite(value)) {
        throw new FjordException(
            ErrorKey.NON_FINITE, "a luminance is " + value + "; expected finite numbers");
      }
    }
  }

  private double probability(int pixel) {
    return cumulative[pixel] - (pixel == 0 ? 0 : cumulative[pixel - 1]);
  }

  private double pixelArea() {
    return 4 * EXTENT * EXTENT / cumulative.length;
  }

  /** The first pixel whose cumulative probability exceeds u; it has a probability above 0. */
  private int firstAbove(double u) {
    int low = 0;
    int high = cumulative.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (cumulative[middle] > u) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
