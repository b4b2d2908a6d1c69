package org.fjordflow.inference.amortised;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;

/** What an encoder or a decoder is made of. */
@FunctionalInterface
public interface NetworkConfig {

  /** A function of rows with trained parameters. */
  @FunctionalInterface
  interface Network {
    /**
     * Applies the network.
     *
     * @param tape where operations are made
     * @param x n x inputs
     * @return n x outputs
     */
    Var apply(Tape tape, Var x);
  }

  /**
   * Makes the network.
   *
   * @param parameters where its parameters are added. Modified.
   * @param name prefix of their names
   * @param inputs columns that go in
   * @param outputs columns that come out
   * @param random source of the initial values
   */
  Network create(
      Parameters parameters, String name, int inputs, int outputs, RandomGenerator random);

  /** Dense layers; the activation follows all but the last. */
  static NetworkConfig dense(Activation activation, Integer... hidden) {
    return new DenseLayers(activation, List.of(hidden));
  }

  /** Gated dense layers, and a linear one at the end; see {@link GatedLayers}. */
  static NetworkConfig gated(Integer... hidden) {
    return new GatedLayers(List.of(hidden));
  }

  /**
   * Gated convolutions of 3 x 3 pixels, before each of which lines and pixels are halved, and a
   * dense layer at the end.
   *
   * @param shape of the images that rows are
   * @param channels behind each convolution
   */
  static NetworkConfig convolutionalEncoder(ImageShape shape, Integer... channels) {
    return new GatedConvolutions(shape, List.of(channels), false);
  }

  /**
   * A dense layer and gated convolutions of 3 x 3 pixels, behind each of which lines and pixels are
   * doubled, and a last one that makes the outputs of each pixel.
   *
   * @param shape of the images that rows are
   * @param channels behind each convolution
   */
  static NetworkConfig convolutionalDecoder(ImageShape shape, Integer... channels) {
    return new GatedConvolutions(shape, List.of(channels), true);
  }

  /**
   * Dense layers.
   *
   * @param activation follows all but the last
   * @param hidden widths, none for a linear map
   */
  record DenseLayers(Activation activation, List<Integer> hidden) implements NetworkConfig {
    /**
     * Checks the widths.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for one below 1
     */
    public DenseLayers {
      hidden = requireWidths(hidden);
    }

    @Override
    public Network create(
        Parameters parameters, String name, int inputs, int outputs, RandomGenerator random) {
      return Mlp.create(parameters, name, sizes(inputs, hidden, outputs), activation, random)
          ::apply;
    }
  }

  /**
   * Layers {@code (W x + b) sigmoid(V x + c)} (van den Oord et al. 2016; those of van den Berg et
   * al. 2018), and a linear one at the end.
   *
   * @param hidden widths of the gated layers
   */
  record GatedLayers(List<Integer> hidden) implements NetworkConfig {
    /**
     * Checks the widths.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for one below 1
     */
    public GatedLayers {
      hidden = requireWidths(hidden);
    }

    @Override
    public Network create(
        Parameters parameters, String name, int inputs, int outputs, RandomGenerator random) {
      List<Integer> sizes = sizes(inputs, hidden, outputs);
      List<Dense> values = new ArrayList<>();
      List<Dense> gates = new ArrayList<>();
      for (int i = 0; i < hidden.size(); i++) {
        String layer = name + "." + i;
        values.add(Dense.create(parameters, layer, sizes.get(i), sizes.get(i + 1), random));
        gates.add(
            Dense.create(parameters, layer + ".gate", sizes.get(i), sizes.get(i + 1), random));
      }
      int widest = sizes.get(hidden.size());
      Dense last = Dense.create(parameters, name + "." + hidden.size(), widest, outputs, random);
      return (tape, x) -> {
        Var h = x;
        for (int i = 0; i < values.size(); i++) {
          Var gate = gates.get(i).apply(tape, h, Elementwise.SIGMOID);
          h = tape.multiply(values.get(i).apply(tape, h, Elementwise.IDENTITY), gate);
        }
        return last.apply(tape, h, Elementwise.IDENTITY);
      };
    }
  }

  private static List<Integer> requireWidths(List<Integer> hidden) {
    ConfigChecks.require(
        hidden.stream().allMatch(width -> width >= 1), "hidden", hidden, "widths of 1 or more");
    return List.copyOf(hidden);
  }

  private static List<Integer> sizes(int inputs, List<Integer> hidden, int outputs) {
    List<Integer> sizes = new ArrayList<>(Arrays.asList(inputs));
    sizes.addAll(hidden);
    sizes.add(outputs);
    return sizes;
  }
}
