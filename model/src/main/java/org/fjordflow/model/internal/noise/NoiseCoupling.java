package org.fjordflow.model.internal.noise;

import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Convolution;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.jspecify.annotations.Nullable;

/**
 * A coupling layer of the noise of an image, given the image: every other pixel stays, as the black
 * squares of a chessboard, and a network of these and of all pixels of the image gives shifts and
 * scales of the noise of the others. Any size of images will do. Starts as the identity.
 *
 * <p>Its context is the image, a number for each number of noise.
 */
public final class NoiseCoupling implements Bijection {

  private static final int KERNEL = 3;
  private static final Elementwise ACTIVATION = Elementwise.SWISH;

  /** Of log-scales: noise may be a twentieth as wide as it is drawn. */
  private static final ColumnTransform SCALE = ColumnTransform.affine(3);

  private final ImageShape shape;
  private final Convolution first;
  private final Dense middle;
  private final Convolution last;
  private final double[] stays;
  private final double[] moves;

  private NoiseCoupling(
      ImageShape shape, boolean movesBlack, Convolution first, Dense middle, Convolution last) {
    this.shape = shape;
    this.first = first;
    this.middle = middle;
    this.last = last;
    this.stays = new double[shape.size()];
    this.moves = new double[shape.size() * SCALE.parameters()];
    for (int j = 0; j < stays.length; j++) {
      int pixel = j / shape.channels();
      boolean black = (pixel / shape.width() + pixel % shape.width()) % 2 == 0;
      stays[j] = black == movesBlack ? 0 : 1;
      for (int k = 0; k < SCALE.parameters(); k++) {
        moves[j * SCALE.parameters() + k] = 1 - stays[j];
      }
    }
  }

  /**
   * Creates a layer.
   *
   * @param parameters where {@code name.0.weight} and so on of the network are added. Modified.
   * @param name prefix of the names
   * @param shape of the images
   * @param movesBlack whether the pixel at the upper left is moved, else its neighbours
   * @param hidden channels of the network's hidden layers
   * @param random source of the initial values
   */
  static NoiseCoupling create(
      Parameters parameters,
      String name,
      ImageShape shape,
      boolean movesBlack,
      int hidden,
      RandomGenerator random) {
    int height = shape.height();
    int width = shape.width();
    int channels = shape.channels();
    Convolution first =
        Convolution.create(
            parameters, name + ".0", height, width, 2 * channels, hidden, KERNEL, random);
    Dense middle = Dense.create(parameters, name + ".1", hidden, hidden, random);
    Convolution last =
        Convolution.create(
            parameters,
            name + ".2",
            height,
            width,
            hidden,
            channels * SCALE.parameters(),
            KERNEL,
            random);
    last.dense().scale(parameters.backend(), 0);
    return new NoiseCoupling(shape, movesBlack, first, middle, last);
  }

  @Override
  public int dim() {
    return shape.size();
  }

  @Override
  public int contextSize() {
    return shape.size();
  }

  @Override
  public boolean isRowwise() {
    return true;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    return SCALE.forward(pass.tape(), x, parameters(pass.tape(), x, context)).asWanted(pass);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    return SCALE.inverse(pass.tape(), z, parameters(pass.tape(), z, context)).asWanted(pass);
  }

  /** Shifts and scales; those of pixels that stay are zero, at which nothing is moved. */
  private Var parameters(Tape tape, Var noise, @Nullable Var image) {
    if (image == null) {
      throw new IllegalStateException("a context is required");
    }
    int n = noise.rows();
    int pixels = shape.pixels();
    int channels = shape.channels();
    Var still = tape.multiply(noise, tape.constant(stays, 1, stays.length));
    Var seen =
        tape.concat(
            tape.reshape(still, n * pixels, channels), tape.reshape(image, n * pixels, channels));
    Var h = first.apply(tape, seen, ACTIVATION);
    Var g = middle.apply(tape, h, ACTIVATION);
    Var all = tape.reshape(last.apply(tape, g, Elementwise.IDENTITY), n, moves.length);
    return tape.multiply(all, tape.constant(moves, 1, moves.length));
  }
}
