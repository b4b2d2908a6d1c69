package org.fjordflow.cnf.internal.images;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * FFJORD's field of images: 3 x 3 convolutions that depend on time, with an activation after each
 * but the last. A context is given to the first one as channels that are the same at every pixel.
 *
 * @param shape of an image
 * @param layers at least one
 * @param activation what follows each but the last
 * @param context spreads the context, or null where there is none
 */
public record ConvolutionField(
    ImageShape shape,
    List<TimeConvolution> layers,
    Activation activation,
    @Nullable AtPixels context)
    implements VectorField {

  /** Copies the list. */
  public ConvolutionField {
    layers = List.copyOf(layers);
  }

  /** Names of the layers there are. */
  public static List<String> kinds() {
    return Arrays.stream(TimeConvolution.Kind.values()).map(TimeConvolution.Kind::id).toList();
  }

  /**
   * Creates a field.
   *
   * @param kind one of {@link #kinds}
   * @param hidden channels of the hidden layers
   * @param parameters where arrays are added. Modified.
   * @param name prefix of their names
   * @param random source of the initial values
   */
  public static ConvolutionField create(
      ImageShape shape,
      int contextSize,
      String kind,
      List<Integer> hidden,
      Activation activation,
      Parameters parameters,
      String name,
      RandomGenerator random) {
    TimeConvolution.Kind layer =
        Ids.find(TimeConvolution.Kind.values(), TimeConvolution.Kind::id, "layer", kind);
    List<TimeConvolution> layers = new ArrayList<>();
    int channels = shape.channels() + contextSize;
    for (int i = 0; i <= hidden.size(); i++) {
      int out = i < hidden.size() ? hidden.get(i) : shape.channels();
      ImageShape input = shape.withChannels(channels);
      layers.add(TimeConvolution.create(layer, parameters, name + "." + i, input, out, random));
      channels = out;
    }
    AtPixels spread = contextSize == 0 ? null : AtPixels.of(shape.pixels(), contextSize);
    return new ConvolutionField(shape, layers, activation, spread);
  }

  /** What each layer makes of the times, side by side. */
  @Override
  public Var prepare(Tape tape, Var times) {
    return tape.concat(
        layers.stream().map(layer -> layer.prepare(tape, times)).toArray(Var[]::new));
  }

  @Override
  public Var apply(Tape tape, Var prepared, Var z, @Nullable Var given) {
    Var h = tape.reshape(z, z.rows() * shape.pixels(), shape.channels());
    if (given != null && context != null) {
      h = tape.concat(h, context.of(tape, given));
    }
    int at = 0;
    for (int i = 0; i < layers.size(); i++) {
      TimeConvolution layer = layers.get(i);
      Var row = tape.slice(prepared, at, at + layer.prepared());
      at += layer.prepared();
      boolean last = i == layers.size() - 1;
      h = layer.apply(tape, row, h, last ? Elementwise.IDENTITY : activation.function());
    }
    return tape.reshape(h, z.rows(), z.cols());
  }

  @Override
  public int width() {
    int channels = layers.stream().mapToInt(layer -> layer.convolution().outputs()).max().orElse(1);
    return shape.pixels() * channels;
  }
}
