package org.fjordflow.cnf.internal.images;

import java.util.Objects;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.nn.Convolution;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * A residual block of a U-net (Ho, Jain and Abbeel 2020): normalisation, swish and a 3 x 3
 * convolution, twice; time and context are added to the channels in between. It begins as the
 * identity, or as its linear map of channels.
 *
 * @param shortcut to another number of channels, or null where they stay
 */
record Residual(
    GroupNorm firstNorm,
    Convolution first,
    Conditioning.Slice added,
    AtPixels spread,
    GroupNorm secondNorm,
    Convolution second,
    @Nullable Dense shortcut) {

  private static final int KERNEL = 3;

  static Residual create(
      Parameters parameters,
      String name,
      ImageShape input,
      int out,
      Conditioning conditioning,
      RandomGenerator random) {
    int in = input.channels();
    int pixels = input.pixels();
    Convolution second =
        convolution(parameters, name + ".conv2", input.withChannels(out), out, random);
    second.dense().scale(parameters.backend(), 0);
    return new Residual(
        GroupNorm.create(parameters, name + ".norm1", pixels, in, Unet.groups(in)),
        convolution(parameters, name + ".conv1", input, out, random),
        conditioning.to(name, out),
        AtPixels.of(pixels, out),
        GroupNorm.create(parameters, name + ".norm2", pixels, out, Unet.groups(out)),
        second,
        in == out ? null : Dense.create(parameters, name + ".shortcut", in, out, random));
  }

  static Convolution convolution(
      Parameters parameters, String name, ImageShape input, int out, RandomGenerator random) {
    return Convolution.create(
        parameters, name, input.height(), input.width(), input.channels(), out, KERNEL, random);
  }

  /**
   * Applies the block.
   *
   * @param x (n pixels) x in
   * @param conditions what {@link Conditioning} adds, of all images or of each
   * @return (n pixels) x out
   */
  Var apply(Tape tape, Var x, Var conditions) {
    Var bias = tape.parameter(Objects.requireNonNull(first.dense().bias()));
    Var shift = spread.orOne(tape, tape.add(added.of(tape, conditions), bias));
    Var h = firstNorm.apply(tape, x, Elementwise.SWISH);
    h = first.apply(tape, h, null, shift, Elementwise.IDENTITY);
    h = secondNorm.apply(tape, h, Elementwise.SWISH);
    h = second.apply(tape, h, Elementwise.IDENTITY);
    return tape.add(h, shortcut == null ? x : shortcut.apply(tape, x, Elementwise.IDENTITY));
  }
}
