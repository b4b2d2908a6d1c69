package org.fjordflow.discrete.internal.layers;

import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.networks.ConvolutionalNetwork;
import org.fjordflow.discrete.internal.networks.OutputLayers;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.jspecify.annotations.Nullable;

/**
 * A coupling layer of images (Kingma and Dhariwal 2018, section 3.3): the first half of the
 * channels stays, and a convolutional network of it gives, for each pixel, the parameters of a
 * transform of the other half. Both directions are as fast as the network. A context is given to
 * the network as further channels, the same at every pixel.
 *
 * <p>With an {@link ColumnTransform#affine} and without hidden channels, and the moved half being
 * done thereafter, this is Glow's learned prior of what is split off: a normal whose mean and
 * deviation are a convolution of what goes on.
 *
 * <p>Starts as the identity.
 */
public final class ImageCoupling implements Bijection {

  private final ImageShape shape;
  private final int contextSize;
  private final int kept;
  private final ConvolutionalNetwork network;
  private final ColumnTransform transform;
  private final ColumnIndex atEveryPixel;

  private ImageCoupling(
      ImageShape shape, int contextSize, ConvolutionalNetwork network, ColumnTransform transform) {
    this.shape = shape;
    this.contextSize = contextSize;
    this.kept = keptChannels(shape);
    this.network = network;
    this.transform = transform;
    int[] sources = new int[shape.pixels() * contextSize];
    for (int i = 0; i < sources.length; i++) {
      sources[i] = i % contextSize;
    }
    this.atEveryPixel = ColumnIndex.of(contextSize, sources);
  }

  /** Returns how many channels, from the first, a layer leaves as they are. */
  public static int keptChannels(ImageShape shape) {
    return shape.channels() / 2;
  }

  /**
   * Creates a layer.
   *
   * @param parameters where {@code name.0.weight} and so on of the network are added. Modified.
   * @param name prefix of the names
   * @param shape of the images, with at least 2 channels
   * @param contextSize columns of the context, zero for none
   * @param hidden channels of the network's two hidden layers; 0 for a network of one convolution
   * @param activation of the network
   * @param transform what is done to each number
   * @param random source of the initial values
   * @throws FjordException INVALID_ARGUMENT for fewer channels, or negative sizes
   */
  public static ImageCoupling create(
      Parameters parameters,
      String name,
      ImageShape shape,
      int contextSize,
      int hidden,
      Activation activation,
      ColumnTransform transform,
      RandomGenerator random) {
    if (shape.channels() < 2 || contextSize < 0 || hidden < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a coupling layer of images of %s, context %d, %d hidden channels; expected at least 2 channels, and 0"
              .formatted(shape, contextSize, hidden));
    }
    int kept = keptChannels(shape);
    int moved = shape.channels() - kept;
    ConvolutionalNetwork network =
        ConvolutionalNetwork.create(
            parameters,
            name,
            shape.withChannels(kept + contextSize),
            hidden,
            moved * transform.parameters(),
            activation,
            random);
    OutputLayers.startAtIdentity(parameters.backend(), network.lastLayer(), transform, moved);
    return new ImageCoupling(shape, contextSize, network, transform);
  }

  @Override
  public int dim() {
    return shape.size();
  }

  @Override
  public int contextSize() {
    return contextSize;
  }

  @Override
  public boolean isRowwise() {
    return true;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    return apply(pass, x, context, true);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    return apply(pass, z, context, false);
  }

  private Transformed apply(Pass pass, Var x, @Nullable Var context, boolean forward) {
    requireFits(x, context);
    Tape tape = pass.tape();
    int n = x.rows();
    int pixels = shape.pixels();
    int moves = shape.channels() - kept;
    Var channels = tape.reshape(x, n * pixels, shape.channels());
    Var still = tape.columns(channels, 0, kept);
    Var moved = tape.reshape(tape.columns(channels, kept, shape.channels()), n, pixels * moves);
    Var inputs = still;
    if (context != null) {
      Var spread = tape.gather(context, atEveryPixel);
      inputs = tape.concat(still, tape.reshape(spread, n * pixels, contextSize));
    }
    Var parameters =
        tape.reshape(network.apply(tape, inputs), n, pixels * moves * transform.parameters());
    Transformed image =
        forward
            ? transform.forward(tape, moved, parameters)
            : transform.inverse(tape, moved, parameters);
    Var value = tape.concat(still, tape.reshape(image.value(), n * pixels, moves));
    return image.withValue(tape.reshape(value, n, dim())).asWanted(pass);
  }
}
