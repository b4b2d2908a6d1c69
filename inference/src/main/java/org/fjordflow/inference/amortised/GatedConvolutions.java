package org.fjordflow.inference.amortised;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Convolution;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;

/**
 * Gated convolutions of 3 x 3 pixels (van den Oord et al. 2016). An encoder halves lines and pixels
 * of a line before each, four neighbours becoming channels, and ends with a dense layer. A decoder
 * goes the other way: a dense layer, and behind each convolution four channels become neighbours
 * (Shi et al. 2016); a last convolution makes the outputs of each pixel.
 *
 * @param shape of the images
 * @param channels behind each gated convolution of the encoder; in the decoder what each has per
 *     pixel of the larger image
 * @param decodes whether it is a decoder
 */
record GatedConvolutions(ImageShape shape, List<Integer> channels, boolean decodes)
    implements NetworkConfig {

  private static final int KERNEL = 3;
  private static final int QUARTERS = 4;

  /** Checks that images can be halved so often. */
  GatedConvolutions {
    channels = List.copyOf(channels);
    int parts = 1 << channels.size();
    ConfigChecks.require(!channels.isEmpty(), "channels", channels, "at least one");
    ConfigChecks.require(
        channels.stream().allMatch(c -> c >= 1), "channels", channels, "1 or more of each");
    ConfigChecks.require(
        shape.height() % parts == 0 && shape.width() % parts == 0,
        "shape",
        shape,
        "lines and pixels that can be halved " + channels.size() + " times");
  }

  /** A convolution and the one of its gates. */
  private record Gated(Convolution value, Convolution gate) {

    static Gated create(
        Parameters parameters, String name, ImageShape at, int out, RandomGenerator random) {
      int in = at.channels();
      return new Gated(
          Convolution.create(parameters, name, at.height(), at.width(), in, out, KERNEL, random),
          Convolution.create(
              parameters, name + ".gate", at.height(), at.width(), in, out, KERNEL, random));
    }

    Var apply(Tape tape, Var x) {
      Var gate = this.gate.apply(tape, x, Elementwise.SIGMOID);
      return tape.multiply(value.apply(tape, x, Elementwise.IDENTITY), gate);
    }
  }

  @Override
  public Network create(
      Parameters parameters, String name, int inputs, int outputs, RandomGenerator random) {
    return decodes
        ? decoder(parameters, name, inputs, outputs, random)
        : encoder(parameters, name, inputs, outputs, random);
  }

  private Network encoder(
      Parameters parameters, String name, int inputs, int outputs, RandomGenerator random) {
    ConfigChecks.require(inputs == shape.size(), "columns", inputs, "those of images of " + shape);
    List<ColumnIndex> quarters = new ArrayList<>();
    List<Gated> layers = new ArrayList<>();
    List<ImageShape> shapes = new ArrayList<>();
    ImageShape at = shape;
    for (int i = 0; i < channels.size(); i++) {
      quarters.add(quarters(at));
      at = new ImageShape(at.height() / 2, at.width() / 2, QUARTERS * at.channels());
      shapes.add(at);
      layers.add(Gated.create(parameters, name + "." + i, at, channels.get(i), random));
      at = at.withChannels(channels.get(i));
    }
    int size = at.size();
    Dense last = Dense.create(parameters, name + "." + layers.size(), size, outputs, random);
    return (tape, x) -> {
      int n = x.rows();
      Var h = x;
      for (int i = 0; i < layers.size(); i++) {
        ImageShape halved = shapes.get(i);
        Var pixels =
            tape.reshape(tape.gather(h, quarters.get(i)), n * halved.pixels(), halved.channels());
        h = layers.get(i).apply(tape, pixels);
        h = tape.reshape(h, n, halved.pixels() * h.cols());
      }
      return last.apply(tape, h, Elementwise.IDENTITY);
    };
  }

  private Network decoder(
      Parameters parameters, String name, int inputs, int outputs, RandomGenerator random) {
    ConfigChecks.require(
        outputs % shape.pixels() == 0,
        "outputs",
        outputs,
        "as many for each of " + shape.pixels() + " pixels");
    int halvings = channels.size();
    ImageShape at =
        new ImageShape(
            shape.height() >> halvings, shape.width() >> halvings, QUARTERS * channels.get(0));
    Dense first = Dense.create(parameters, name + ".0", inputs, at.size(), random);
    List<ColumnIndex> quarters = new ArrayList<>();
    List<Gated> layers = new ArrayList<>();
    List<ImageShape> shapes = new ArrayList<>();
    for (int i = 0; i < halvings; i++) {
      int own = channels.get(i);
      shapes.add(at);
      layers.add(Gated.create(parameters, name + "." + (i + 1), at, QUARTERS * own, random));
      at = new ImageShape(2 * at.height(), 2 * at.width(), own);
      quarters.add(quarters(at));
    }
    ImageShape whole = at;
    Convolution last =
        Convolution.create(
            parameters,
            name + "." + (halvings + 1),
            whole.height(),
            whole.width(),
            whole.channels(),
            outputs / shape.pixels(),
            KERNEL,
            random);
    return (tape, z) -> {
      int n = z.rows();
      Var h = first.apply(tape, z, Elementwise.IDENTITY);
      for (int i = 0; i < layers.size(); i++) {
        ImageShape small = shapes.get(i);
        Var pixels = tape.reshape(h, n * small.pixels(), small.channels());
        Var made = layers.get(i).apply(tape, pixels);
        Var row = tape.reshape(made, n, small.pixels() * made.cols());
        h = tape.scatter(row, quarters.get(i));
      }
      Var pixels = tape.reshape(h, n * whole.pixels(), whole.channels());
      Var made = last.apply(tape, pixels, Elementwise.IDENTITY);
      return tape.reshape(made, n, outputs);
    };
  }

  /**
   * Where the numbers of images of half the lines and pixels, with four times the channels, are.
   */
  private static ColumnIndex quarters(ImageShape large) {
    int[] sources = new int[large.size()];
    int next = 0;
    for (int line = 0; line < large.height(); line += 2) {
      for (int pixel = 0; pixel < large.width(); pixel += 2) {
        for (int part = 0; part < QUARTERS; part++) {
          for (int channel = 0; channel < large.channels(); channel++) {
            sources[next++] = large.column(line + part / 2, pixel + part % 2, channel);
          }
        }
      }
    }
    return ColumnIndex.of(large.size(), sources);
  }
}
