package org.fjordflow.model;

import java.util.List;

/**
 * Where the bits of images come from, by scale of the flow: of the numbers that are done at a scale
 * by the density that they have there, and of the layers of this scale by the volume that they
 * change. What brings whole numbers to the flow counts to the first scale.
 *
 * @param numbers how many numbers of an image are done at each scale, the finest one first
 * @param bits n x scales: what each adds to the bits per dimension of an image, which are their sum
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record ScaleBits(List<Integer> numbers, double[][] bits) {

  /** Copies the list. */
  public ScaleBits {
    numbers = List.copyOf(numbers);
  }

  /** Returns the mean over images of what each scale adds. */
  public double[] mean() {
    double[] mean = new double[numbers.size()];
    for (double[] image : bits) {
      for (int k = 0; k < mean.length; k++) {
        mean[k] += image[k] / bits.length;
      }
    }
    return mean;
  }
}
