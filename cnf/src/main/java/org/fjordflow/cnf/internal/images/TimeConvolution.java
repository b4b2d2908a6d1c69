package org.fjordflow.cnf.internal.images;

import java.util.Objects;
import java.util.random.RandomGenerator;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.nn.Convolution;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.TimeLayer;
import org.jspecify.annotations.Nullable;

/**
 * FFJORD's 3 x 3 convolutions that depend on time, with stride 1 (Grathwohl et al. 2019, their
 * code's {@code diffeq_layers}), followed by an activation.
 *
 * @param kind which of them
 * @param convolution of the pixels
 * @param times makes gates and shifts of the time, or null where time is a channel
 * @param spread of what is prepared for images that have times of their own
 */
record TimeConvolution(
    Kind kind, Convolution convolution, TimeLayer.@Nullable Squash times, AtPixels spread) {

  private static final int KERNEL = 3;

  /** How time comes in. */
  enum Kind {
    /** {@code W * [t, x] + b}: time is one more channel. */
    CONCAT,
    /** {@code (W * x + b) sigmoid(g t + c) + t h}. */
    CONCATSQUASH,
    /** {@code (W * x + b + t h) sigmoid(V * x + c + t g)}. */
    GATED;

    /** Returns the name used in configurations. */
    String id() {
      return Ids.of(this);
    }
  }

  /**
   * Creates a layer with the initial values of PyTorch's layers.
   *
   * @param parameters where the layer's arrays are added. Modified.
   * @param name prefix of their names
   * @param input of images
   * @param out channels of the result
   * @param random source of the initial values
   */
  static TimeConvolution create(
      Kind kind,
      Parameters parameters,
      String name,
      ImageShape input,
      int out,
      RandomGenerator random) {
    int in = input.channels() + (kind == Kind.CONCAT ? 1 : 0);
    int outputs = kind == Kind.GATED ? 2 * out : out;
    Convolution convolution =
        Convolution.create(
            parameters,
            name + "._layer",
            input.height(),
            input.width(),
            in,
            outputs,
            KERNEL,
            random);
    if (kind == Kind.CONCAT) {
      return new TimeConvolution(kind, convolution, null, AtPixels.of(input.pixels(), 1));
    }
    Dense drift = Dense.withoutBias(parameters, name + "._hyper_bias", 1, outputs, random);
    Dense gate =
        kind == Kind.GATED
            ? null
            : Dense.create(parameters, name + "._hyper_gate", 1, outputs, random);
    TimeLayer.Squash times = new TimeLayer.Squash(convolution.dense(), gate, drift.weight());
    return new TimeConvolution(
        kind, convolution, times, AtPixels.of(input.pixels(), times.prepared()));
  }

  /** Returns the number of channels of the result. */
  int outputs() {
    return kind == Kind.GATED ? convolution.outputs() / 2 : convolution.outputs();
  }

  /** Returns how many columns {@link #prepare} gives. */
  int prepared() {
    return spread.index().sourceCols();
  }

  /** What depends on time alone: m x 1 to m x {@link #prepared}. */
  Var prepare(Tape tape, Var at) {
    return times == null ? at : times.prepare(tape, at);
  }

  /**
   * Applies the layer.
   *
   * @param row of {@link #prepare}, 1 x prepared for all images or n x prepared
   * @param x (n pixels) x channels
   * @return (n pixels) x outputs
   */
  Var apply(Tape tape, Var row, Var x, Elementwise f) {
    Var all = spread.orOne(tape, row);
    if (kind == Kind.CONCAT) {
      Var bias = tape.parameter(Objects.requireNonNull(convolution.dense().bias()));
      Var given = tape.concat(tape.repeat(all, x.rows()), x);
      return convolution.apply(tape, given, null, bias, f);
    }
    int out = convolution.outputs();
    if (kind == Kind.CONCATSQUASH) {
      Var gate = tape.slice(all, 0, out);
      return convolution.apply(tape, x, gate, tape.slice(all, out, 2 * out), f);
    }
    Var both = convolution.apply(tape, x, null, all, Elementwise.IDENTITY);
    Var open = tape.apply(Elementwise.SIGMOID, tape.columns(both, out / 2, out));
    return tape.apply(f, tape.multiply(tape.columns(both, 0, out / 2), open));
  }
}
