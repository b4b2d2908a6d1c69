package org.fjordflow.core.data;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.TensorShapes;

/**
 * The shape of images that are rows of a table: height, width and channels, of which channels vary
 * fastest (NHWC). Column {@code (i width + j) channels + c} is channel c of the pixel in line i and
 * column j. The rows of a batch are therefore, in the same memory, {@code n pixels} rows of
 * channels.
 *
 * @param height lines, at least 1
 * @param width pixels a line, at least 1
 * @param channels numbers a pixel, at least 1
 */
public record ImageShape(int height, int width, int channels) {

  /**
   * Checks the sizes.
   *
   * @throws FjordException INVALID_ARGUMENT for one below 1, or more than 2^31 - 1 numbers
   */
  public ImageShape {
    boolean some = height >= 1 && width >= 1 && channels >= 1;
    if (!some || TensorShapes.size(height, width, channels) < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "an image of %d x %d pixels with %d channels; expected at least 1 of each%s"
              .formatted(
                  height, width, channels, some ? ", and fewer than 2^31 numbers in all" : ""));
    }
  }

  /** Returns the number of pixels. */
  public int pixels() {
    return height * width;
  }

  /** Returns how many numbers an image has, the columns of its row. */
  public int size() {
    return pixels() * channels;
  }

  /** Returns the column of a number. */
  public int column(int line, int pixel, int channel) {
    return (line * width + pixel) * channels + channel;
  }

  /** The same pixels with another number of channels. */
  public ImageShape withChannels(int value) {
    return new ImageShape(height, width, value);
  }

  @Override
  public String toString() {
    return height + " x " + width + " x " + channels;
  }
}
