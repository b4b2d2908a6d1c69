package org.fjordflow.examples;

import java.nio.file.Path;
import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.internal.IdxFiles;
import org.fjordflow.core.data.internal.Tensor;

/**
 * Images of grey levels from 0 to 255, one a row.
 *
 * @param shape of an image
 * @param train images to train on
 * @param heldOut images that the best parameters are chosen by
 * @param test images looked at for the final figure only
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record ImageData(ImageShape shape, double[][] train, double[][] heldOut, double[][] test) {

  /**
   * Reads MNIST, or other data in files of the same names.
   *
   * @param folder with {@code train-images-idx3-ubyte.gz} and {@code t10k-images-idx3-ubyte.gz}
   * @param heldOut how many images, the last ones of the former, to hold out
   * @throws FjordException if a file cannot be read or has no images, or all would be held out
   */
  static ImageData read(Path folder, int heldOut) {
    Tensor images = images(folder.resolve("train-images-idx3-ubyte.gz"));
    int n = images.shape()[0];
    if (heldOut < 1 || heldOut >= n) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%d of %d images are to be held out; expected at least 1, and fewer"
              .formatted(heldOut, n));
    }
    return new ImageData(
        new ImageShape(images.shape()[1], images.shape()[2], 1),
        rows(images, 0, n - heldOut),
        rows(images, n - heldOut, n),
        test(folder.resolve("t10k-images-idx3-ubyte.gz")));
  }

  private static double[][] test(Path file) {
    Tensor images = images(file);
    return rows(images, 0, images.shape()[0]);
  }

  private static Tensor images(Path file) {
    Tensor images = IdxFiles.read(file);
    if (images.shape().length != 3 || images.values().length == 0) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          file + " has the shape " + Arrays.toString(images.shape()) + "; expected images");
    }
    return images;
  }

  private static double[][] rows(Tensor images, int from, int to) {
    int size = images.shape()[1] * images.shape()[2];
    double[][] rows = new double[to - from][];
    Arrays.setAll(
        rows, i -> Arrays.copyOfRange(images.values(), (from + i) * size, (from + i + 1) * size));
    return rows;
  }
}
