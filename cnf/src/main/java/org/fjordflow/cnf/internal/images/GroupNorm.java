package org.fjordflow.cnf.internal.images;

import java.util.Arrays;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.nn.Parameters;

/**
 * Group normalisation of images (Wu and He 2018): each group of channels of each image has mean
 * zero and variance one, then each channel a scale and a shift.
 *
 * @param pixels of an image
 * @param groups of channels; they divide these
 * @param scale 1 x channels
 * @param shift 1 x channels
 */
record GroupNorm(int pixels, int groups, Parameter scale, Parameter shift) {

  private static final double EPSILON = 1e-5;

  /** Creates one that begins with scales of one and shifts of zero. */
  static GroupNorm create(
      Parameters parameters, String name, int pixels, int channels, int groups) {
    double[] ones = new double[channels];
    Arrays.fill(ones, 1);
    Parameter scale = parameters.add(name + ".weight", ones, channels);
    Parameter shift = parameters.add(name + ".bias", new double[channels], channels);
    return new GroupNorm(pixels, groups, scale, shift);
  }

  /** Applies it, and an activation: (n pixels) x channels to the same. */
  Var apply(Tape tape, Var x, Elementwise f) {
    Var normal = tape.groupNorm(x, pixels, groups, EPSILON);
    return tape.scaled(f, normal, tape.parameter(scale), tape.parameter(shift));
  }
}
