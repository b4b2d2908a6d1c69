package org.fjordflow.discrete;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.internal.parts.Permutation;
import org.fjordflow.discrete.internal.Sizes;

/**
 * Images cut into square patches, which are the tokens of a TarFlow: patches go line by line, and
 * the numbers of a patch as those of an image.
 *
 * @param shape of the images
 * @param patch lines, and pixels a line, of a patch; divides height and width
 */
public record ImagePatches(ImageShape shape, int patch) {

  /**
   * Checks the patch.
   *
   * @throws FjordException INVALID_CONFIGURATION if it does not divide height and width
   */
  public ImagePatches {
    Sizes.requireGiven("shape", shape);
    if (patch < 1 || shape.height() % patch != 0 || shape.width() % patch != 0) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "images of %s in patches of %d; expected a divisor of height and width"
              .formatted(shape, patch));
    }
  }

  /** Returns the number of patches. */
  public int tokens() {
    return shape.pixels() / (patch * patch);
  }

  /** Returns the map from columns of images to columns of patches, one patch after the other. */
  public Permutation permutation() {
    int[] order = new int[shape.size()];
    int at = 0;
    for (int top = 0; top < shape.height(); top += patch) {
      for (int left = 0; left < shape.width(); left += patch) {
        for (int line = top; line < top + patch; line++) {
          int first = shape.column(line, left, 0);
          for (int j = 0; j < patch * shape.channels(); j++) {
            order[at++] = first + j;
          }
        }
      }
    }
    return Permutation.of(order);
  }
}
