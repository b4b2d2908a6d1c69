package org.fjordflow.core.nn;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.nn.internal.Initializers;
import org.jspecify.annotations.Nullable;

/**
 * A convolution of images with zeros around them, followed by an activation. With stride 1 images
 * keep their size; with stride 2 they have half the lines and columns, rounded up. Images are given
 * as one row a pixel, n images of {@code height width} rows each, line by line.
 */
public final class Convolution {

  private final Backend.Window window;
  private final int in;
  private final Dense dense;

  private Convolution(Backend.Window window, int in, Dense dense) {
    this.window = window;
    this.in = in;
    this.dense = dense;
  }

  /**
   * Creates a convolution with stride 1, initialised by {@link Initializers#linear}.
   *
   * @param parameters where {@code name.weight}, out x (kernel kernel in) with the input channel
   *     varying fastest, and {@code name.bias} are added. Modified.
   * @param name prefix of the names
   * @param height lines of an image
   * @param width pixels a line
   * @param in channels of the input
   * @param out channels of the output
   * @param kernel lines and columns of the kernel, odd
   * @param random source of the initial values
   * @throws FjordException INVALID_ARGUMENT for an even kernel or sizes below 1
   */
  public static Convolution create(
      Parameters parameters,
      String name,
      int height,
      int width,
      int in,
      int out,
      int kernel,
      RandomGenerator random) {
    return create(parameters, name, height, width, in, out, kernel, 1, random);
  }

  /**
   * Creates a convolution of every pixel, or of every other one of every other line, beginning with
   * the first.
   *
   * @param stride 1 or 2
   * @throws FjordException INVALID_ARGUMENT for another stride, an even kernel or sizes below 1
   * @see #create(Parameters, String, int, int, int, int, int, RandomGenerator)
   */
  public static Convolution create(
      Parameters parameters,
      String name,
      int height,
      int width,
      int in,
      int out,
      int kernel,
      int stride,
      RandomGenerator random) {
    boolean sizes = kernel >= 1 && height >= 1 && width >= 1 && in >= 1 && out >= 1;
    if (!sizes || kernel % 2 == 0 || stride < 1 || stride > 2) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "convolution '%s' of %d x %d pixels, %d to %d channels, kernel %d, stride %d; expected positive sizes, an odd kernel and stride 1 or 2"
              .formatted(name, height, width, in, out, kernel, stride));
    }
    Dense dense = Dense.create(parameters, name, kernel * kernel * in, out, random);
    return new Convolution(new Backend.Window(height, width, kernel, stride), in, dense);
  }

  /** Returns weight and bias. */
  public Dense dense() {
    return dense;
  }

  /** Returns which pixels are seen. */
  public Backend.Window window() {
    return window;
  }

  /** Returns the number of channels of the output. */
  public int outputs() {
    return dense.weight().value().rows();
  }

  /**
   * Applies the convolution.
   *
   * @param tape where operations are made
   * @param x (n height width) x in
   * @param f activation
   * @return one row a pixel of the output, x out
   * @throws FjordException SHAPE_MISMATCH for another number of columns, or rows that are no whole
   *     images
   */
  public Var apply(Tape tape, Var x, Elementwise f) {
    Var shift = dense.bias() == null ? null : tape.parameter(dense.bias());
    return apply(tape, x, null, shift, f);
  }

  /**
   * Applies the convolution with a gate behind it, and a shift in the place of its bias: {@code
   * f((x * w) gate + shift)}.
   *
   * @param tape where operations are made
   * @param x (n height width) x in
   * @param gate 1 x out, or one of each row of the result, or null for ones
   * @param shift 1 x out, or one of each row of the result, or null for zeros
   * @param f activation
   * @return one row a pixel of the output, x out
   * @throws FjordException SHAPE_MISMATCH for another number of columns, or rows that are no whole
   *     images
   */
  public Var apply(Tape tape, Var x, @Nullable Var gate, @Nullable Var shift, Elementwise f) {
    if (x.cols() != in || x.rows() % window.pixels() != 0) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "a convolution of %d x %d numbers; expected whole images of %d pixels with %d channels"
              .formatted(x.rows(), x.cols(), window.pixels(), in));
    }
    return tape.convolution(f, x, window, tape.parameter(dense.weight()), gate, shift);
  }
}
