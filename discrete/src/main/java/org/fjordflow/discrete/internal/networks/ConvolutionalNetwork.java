package org.fjordflow.discrete.internal.networks;

import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Convolution;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * The network of Glow's coupling layers (Kingma and Dhariwal 2018, section 4): a 3 x 3, a 1 x 1 and
 * a 3 x 3 convolution, with an activation after the first two; or one 3 x 3 convolution alone.
 *
 * @param first to hidden channels, or null for one convolution alone
 * @param middle of the hidden channels of a pixel, or null
 * @param last to the output
 * @param activation after first and middle
 */
public record ConvolutionalNetwork(
    @Nullable Convolution first, @Nullable Dense middle, Convolution last, Activation activation) {

  private static final int KERNEL = 3;

  /**
   * Creates a network.
   *
   * @param parameters where weights and biases of {@code name.0}, {@code name.1} and {@code name.2}
   *     are added, or of {@code name.0} alone. Modified.
   * @param name prefix of the names
   * @param input shape of the input
   * @param hidden channels of the hidden layers, 0 for one convolution
   * @param out channels of the output
   * @param activation of the hidden layers
   * @param random source of the initial values
   */
  public static ConvolutionalNetwork create(
      Parameters parameters,
      String name,
      ImageShape input,
      int hidden,
      int out,
      Activation activation,
      RandomGenerator random) {
    if (hidden == 0) {
      Convolution only = convolution(parameters, name + ".0", input, out, random);
      return new ConvolutionalNetwork(null, null, only, activation);
    }
    return new ConvolutionalNetwork(
        convolution(parameters, name + ".0", input, hidden, random),
        Dense.create(parameters, name + ".1", hidden, hidden, random),
        convolution(parameters, name + ".2", input.withChannels(hidden), out, random),
        activation);
  }

  private static Convolution convolution(
      Parameters parameters, String name, ImageShape input, int out, RandomGenerator random) {
    return Convolution.create(
        parameters, name, input.height(), input.width(), input.channels(), out, KERNEL, random);
  }

  /** Returns weight and bias of the last layer. */
  public Dense lastLayer() {
    return last.dense();
  }

  /**
   * Applies the network.
   *
   * @param x (n pixels) x input channels
   * @return (n pixels) x output channels
   */
  public Var apply(Tape tape, Var x) {
    Elementwise f = activation.function();
    Var h = first == null ? x : first.apply(tape, x, f);
    Var g = middle == null ? h : middle.apply(tape, h, f);
    return last.apply(tape, g, Elementwise.IDENTITY);
  }
}
