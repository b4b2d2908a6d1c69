package org.fjordflow.core.nn;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.nn.internal.Initializers;
import org.jspecify.annotations.Nullable;

/**
 * A convolution of images with zeros around them, followed by an activation. With stride 1 images
 * keep their size; with stride 2 they have half the lines and columns, rounded up. Images are given
 * as one row a pixel, n images of {@code height width} rows each, line by line.
 *
 * <p>The products of pixels and weights are one matrix product. What has fewer channels is spread
 * out over the taps of the kernel, input (as patches, before the product) or output (as
 * contributions, after it): for many channels on one side and few on the other this takes a
 * fraction of the memory that patches of the many take.
 */
public final class Convolution {

  private final int pixels;
  private final int outPixels;
  private final int in;
  private final int out;
  private final int taps;
  private final Dense dense;
  private final ColumnIndex spread;
  // Order of the weights by tap, output and input; where outputs are spread.
  private final @Nullable ColumnIndex byTap;

  private Convolution(int height, int width, int in, int out, int kernel, int stride, Dense dense) {
    this.pixels = height * width;
    this.outPixels = strided(height, stride) * strided(width, stride);
    this.in = in;
    this.out = out;
    this.taps = kernel * kernel;
    this.dense = dense;
    boolean gathers = in <= out || stride > 1;
    this.spread =
        gathers
            ? seen(height, width, in, kernel, stride, 1)
            : seen(height, width, out, kernel, 1, -1);
    this.byTap = gathers ? null : byTap(taps, in, out);
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
    return new Convolution(height, width, in, out, kernel, stride, dense);
  }

  /** Returns how many lines, or pixels of a line, a convolution of some stride leaves. */
  public static int strided(int size, int stride) {
    return (size + stride - 1) / stride;
  }

  /**
   * Where the neighbours of each pixel of the output are: for pixel, tap and channel the column of
   * the image that the tap sees there.
   *
   * @param direction 1 for what a pixel sees, -1 for what sees the pixel
   */
  private static ColumnIndex seen(
      int height, int width, int channels, int kernel, int stride, int direction) {
    int lines = strided(height, stride);
    int columns = strided(width, stride);
    int[] sources = new int[lines * columns * kernel * kernel * channels];
    int next = 0;
    for (int pixel = 0; pixel < lines * columns; pixel++) {
      for (int tap = 0; tap < kernel * kernel; tap++) {
        int line = pixel / columns * stride + direction * (tap / kernel - kernel / 2);
        int column = pixel % columns * stride + direction * (tap % kernel - kernel / 2);
        boolean inside = line >= 0 && line < height && column >= 0 && column < width;
        for (int channel = 0; channel < channels; channel++) {
          sources[next++] =
              inside ? (line * width + column) * channels + channel : ColumnIndex.NONE;
        }
      }
    }
    return ColumnIndex.of(height * width * channels, sources);
  }

  private static ColumnIndex byTap(int taps, int in, int out) {
    int[] sources = new int[taps * out * in];
    for (int i = 0; i < sources.length; i++) {
      int tap = i / (out * in);
      int output = i / in % out;
      sources[i] = (output * taps + tap) * in + i % in;
    }
    return ColumnIndex.of(sources.length, sources);
  }

  /** Returns weight and bias. */
  public Dense dense() {
    return dense;
  }

  /** Returns the number of channels of the output. */
  public int outputs() {
    return out;
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
    if (x.cols() != in || x.rows() % pixels != 0) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "a convolution of %d x %d numbers; expected whole images of %d pixels with %d channels"
              .formatted(x.rows(), x.cols(), pixels, in));
    }
    int images = x.rows() / pixels;
    Var weight = tape.parameter(dense.weight());
    if (byTap == null) {
      Var patches = tape.gather(tape.reshape(x, images, pixels * in), spread);
      return tape.layer(
          f, tape.reshape(patches, images * outPixels, taps * in), weight, gate, shift);
    }
    Var row = tape.reshape(weight, 1, taps * out * in);
    Var reordered = tape.reshape(tape.gather(row, byTap), taps * out, in);
    Var products = tape.layer(Elementwise.IDENTITY, x, reordered, null, null);
    Var sums = tape.scatter(tape.reshape(products, images, pixels * taps * out), spread);
    Var y = tape.reshape(sums, x.rows(), out);
    Var gated = gate == null ? y : tape.multiply(y, gate);
    return tape.apply(f, shift == null ? gated : tape.add(gated, shift));
  }
}
