package org.fjordflow.cnf.internal.images;

import java.util.Arrays;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * Group normalisation of images (Wu and He 2018): each group of channels of each image has mean
 * zero and variance one, then each channel a scale and a shift.
 *
 * @param pixels of an image
 * @param groups of channels; they divide these
 * @param byGroup puts the channels of a group of an image side by side, or null for one group
 * @param scale 1 x channels
 * @param shift 1 x channels
 */
record GroupNorm(
    int pixels, int groups, @Nullable ColumnIndex byGroup, Parameter scale, Parameter shift) {

  private static final double EPSILON = 1e-5;

  /** Creates one that begins with scales of one and shifts of zero. */
  static GroupNorm create(
      Parameters parameters, String name, int pixels, int channels, int groups) {
    double[] ones = new double[channels];
    Arrays.fill(ones, 1);
    Parameter scale = parameters.add(name + ".weight", ones, channels);
    Parameter shift = parameters.add(name + ".bias", new double[channels], channels);
    ColumnIndex byGroup = groups == 1 ? null : byGroup(pixels, channels, groups);
    return new GroupNorm(pixels, groups, byGroup, scale, shift);
  }

  private static ColumnIndex byGroup(int pixels, int channels, int groups) {
    int size = channels / groups;
    int[] sources = new int[pixels * channels];
    for (int i = 0; i < sources.length; i++) {
      int group = i / (pixels * size);
      int pixel = i / size % pixels;
      sources[i] = pixel * channels + group * size + i % size;
    }
    return ColumnIndex.of(sources.length, sources);
  }

  /** Applies it, and an activation: (n pixels) x channels to the same. */
  Var apply(Tape tape, Var x, Elementwise f) {
    int images = x.rows() / pixels;
    int size = pixels * x.cols();
    Var rows = tape.reshape(x, images, size);
    Var grouped = byGroup == null ? rows : tape.gather(rows, byGroup);
    Var normal = tape.layerNorm(tape.reshape(grouped, images * groups, size / groups), EPSILON);
    Var back = tape.reshape(normal, images, size);
    Var pixelRows =
        tape.reshape(byGroup == null ? back : tape.scatter(back, byGroup), x.rows(), x.cols());
    Var scaled = tape.multiply(pixelRows, tape.parameter(scale));
    return tape.apply(f, tape.add(scaled, tape.parameter(shift)));
  }
}
