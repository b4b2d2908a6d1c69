package org.fjordflow.discrete.parts;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Inverse;
import org.fjordflow.core.flow.internal.parts.MultiScale;
import org.fjordflow.core.flow.internal.parts.Permutation;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.Sizes;
import org.fjordflow.discrete.internal.networks.Dropout;
import org.fjordflow.discrete.internal.parts.ActNorm;
import org.fjordflow.discrete.internal.parts.Autoregressive;
import org.fjordflow.discrete.internal.parts.BatchNormalization;
import org.fjordflow.discrete.internal.parts.Columns;
import org.fjordflow.discrete.internal.parts.Coupling;
import org.fjordflow.discrete.internal.parts.DiagonalScaling;
import org.fjordflow.discrete.internal.parts.Exponential;
import org.fjordflow.discrete.internal.parts.Logit;
import org.fjordflow.discrete.internal.parts.LuLinear;
import org.fjordflow.discrete.internal.parts.PerPixel;
import org.fjordflow.discrete.transform.ColumnTransform;

/**
 * Bijections for flows of your own, to be put together by {@link
 * org.fjordflow.core.flow.Composition}; {@link Inverse} exchanges the directions of any of them.
 *
 * <p>Those with values of their own take the {@link Parameters} where these are added, and a name
 * that begins the names of all of them. What arrays hold is copied.
 */
public final class Bijections {

  private Bijections() {}

  /**
   * Activation normalisation (Kingma and Dhariwal 2018, section 3.1): {@code z = exp(s) x + m} for
   * each column. Data choose its values ({@link org.fjordflow.core.flow.Flow#initialize}).
   *
   * @param parameters where {@code name.log_scale} and {@code name.shift} are added. Modified.
   * @param name prefix of the names
   * @param dim number of columns
   */
  public static Bijection actNorm(Parameters parameters, String name, int dim) {
    return ActNorm.create(parameters, name, dim);
  }

  /**
   * A transform of each column whose parameters a masked network computes from the columns before
   * it: a layer of a masked autoregressive flow (Papamakarios et al. 2017), or with splines of an
   * autoregressive spline flow (Durkan et al. 2019). Starts near the identity.
   *
   * <p>Fast direction: forward, one use of the network, so densities are fast. The inverse needs
   * one use for each column; it is exact. In an {@link Inverse} it is a layer of an inverse
   * autoregressive flow (Kingma et al. 2016).
   *
   * @param parameters where {@code name.0.weight} and so on of the network are added. Modified.
   * @param name prefix of the names
   * @param order columns from first to last, each once
   * @param contextSize columns of the context, zero for none
   * @param hidden hidden sizes of the network
   * @param activation of the network
   * @param transform what is done to each column
   * @param random source of the initial values
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if columns are missing or named
   *     twice, or sizes are out of range
   */
  public static Bijection autoregressive(
      Parameters parameters,
      String name,
      int[] order,
      int contextSize,
      List<Integer> hidden,
      Activation activation,
      ColumnTransform transform,
      RandomGenerator random) {
    return Autoregressive.create(
        parameters,
        name,
        order,
        contextSize,
        hidden,
        activation,
        Columns.of(order.length, transform),
        Dropout.NONE,
        random);
  }

  /**
   * Batch normalisation as a flow (Dinh et al. 2017, section 3.7): {@code z = exp(s) (x - mean) /
   * sqrt(variance + 1e-4) + m}. Every pass normalises by moving averages, which are buffers of the
   * model, and never by its own batch; a step of training moves them by a tenth towards its batch.
   *
   * @param parameters where {@code name.log_scale} and {@code name.shift} are added, and the
   *     buffers {@code name.mean} and {@code name.variance}. Modified.
   * @param name prefix of the names
   * @param dim number of columns
   */
  public static Bijection batchNormalization(Parameters parameters, String name, int dim) {
    return BatchNormalization.create(parameters, name, dim);
  }

  /**
   * A coupling layer (Dinh et al. 2015): one half of the columns stays, and a network of it, and of
   * the context, gives the parameters of a transform of the other half. The halves are the first
   * {@code dim / 2} columns and the rest. Both directions are as fast as the network.
   *
   * @param parameters where {@code name.0.weight} and so on of the network are added. Modified.
   * @param name prefix of the names
   * @param dim number of columns, at least 2, or 1 with a context, which then moves it alone
   * @param contextSize columns of the context, zero for none
   * @param movesFirst whether the first half is transformed; else the second
   * @param hidden hidden sizes of the network
   * @param activation of the network
   * @param transform what is done to each column
   * @param startsAtIdentity whether it is the identity at first; else near it
   * @param random source of the initial values
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT for fewer columns, or sizes that are
   *     not positive
   */
  public static Bijection coupling(
      Parameters parameters,
      String name,
      int dim,
      int contextSize,
      boolean movesFirst,
      List<Integer> hidden,
      Activation activation,
      ColumnTransform transform,
      boolean startsAtIdentity,
      RandomGenerator random) {
    return Coupling.create(
        parameters,
        name,
        Columns.of(dim, transform),
        contextSize,
        movesFirst,
        hidden,
        activation,
        startsAtIdentity,
        Dropout.NONE,
        random);
  }

  /**
   * {@code z = exp(s) x} with a trained s for each column, the identity at first: the last step of
   * NICE (Dinh et al. 2015, section 3.3).
   *
   * @param parameters where {@code name.log_scale} is added. Modified.
   * @param name prefix of the name
   * @param dim number of columns
   */
  public static Bijection diagonalScaling(Parameters parameters, String name, int dim) {
    return DiagonalScaling.create(parameters, name, dim);
  }

  /**
   * {@code z = exp(x)}.
   *
   * @param dim number of columns
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT for a dimension below 1
   */
  public static Bijection exponential(int dim) {
    return new Exponential(dim);
  }

  /**
   * {@code z = log(x)} of positive data.
   *
   * @param dim number of columns
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT for a dimension below 1
   */
  public static Bijection logarithm(int dim) {
    return Exponential.logarithm(dim);
  }

  /**
   * {@code z = log(u / (1 - u))} with {@code u = (x - lower) / (upper - lower)}: data on a bounded
   * interval, such as dequantised pixels, onto all numbers.
   *
   * @param dim number of columns
   * @param lower lower bound of the data, not reached
   * @param upper upper bound of the data, not reached
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT for a dimension below 1 or bounds
   *     that are not increasing and finite
   */
  public static Bijection logit(int dim, double lower, double upper) {
    return new Logit(dim, lower, upper);
  }

  /**
   * {@code z = L U x} with a unit lower triangular L and an upper triangular U whose diagonal is
   * exp(s), the identity at first: Glow's invertible linear map (Kingma and Dhariwal 2018, section
   * 3.2) without its permutation.
   *
   * @param parameters where {@code name.lower}, {@code name.upper} (dim x dim, read in their strict
   *     triangles) and {@code name.log_diagonal} are added. Modified.
   * @param name prefix of the names
   * @param dim number of columns
   */
  public static Bijection luLinear(Parameters parameters, String name, int dim) {
    return LuLinear.create(parameters, name, dim);
  }

  /**
   * Some columns go on through another bijection, the others are done (Dinh et al. 2017, section
   * 3.6). The image has the former first.
   *
   * @param dim number of columns
   * @param onward which columns go on, in the order in which the bijection takes them
   * @param rest what they go through
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if they are not distinct columns, or
   *     not as many as the bijection takes
   */
  public static Bijection multiScale(int dim, int[] onward, Bijection rest) {
    return MultiScale.of(dim, onward, rest);
  }

  /**
   * The first channels of every pixel go on through another bijection, the others are done; see
   * {@link #multiScale(int, int[], Bijection)}.
   *
   * @param shape of the images
   * @param channels how many
   * @param rest what images of so many channels go through
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if there are not so many channels,
   *     or the bijection takes others
   */
  public static Bijection multiScale(ImageShape shape, int channels, Bijection rest) {
    return MultiScale.channels(shape, channels, rest);
  }

  /**
   * One bijection of the channels of a pixel for all pixels of an image: with {@link #luLinear}
   * Glow's invertible 1 x 1 convolution (Kingma and Dhariwal 2018, section 3.2). The
   * log-determinant is the sum over pixels.
   *
   * @param pixels number of pixels, whose channels are side by side in a row
   * @param inner of the channels, without context
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT for no pixels or an inner bijection
   *     with a context
   */
  public static Bijection perPixel(int pixels, Bijection inner) {
    return new PerPixel(pixels, inner);
  }

  /**
   * Columns in another order: column i of the image is column {@code order[i]} of the data.
   *
   * @param order the source of each column
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if it is not a permutation of 0, 1,
   *     ...
   */
  public static Bijection permutation(int... order) {
    return Permutation.of(order);
  }

  /**
   * Columns in an order that is drawn, and kept in a buffer of the model, so that files carry it.
   *
   * @param parameters where the buffer {@code name.order} is added. Modified.
   * @param name prefix of the name
   * @param dim number of columns
   * @param random source of randomness
   */
  public static Bijection permutation(
      Parameters parameters, String name, int dim, RandomGenerator random) {
    return Permutation.random(parameters, name, dim, random);
  }

  /**
   * Columns from last to first.
   *
   * @param dim number of columns
   */
  public static Bijection reverse(int dim) {
    return Permutation.reverse(dim);
  }

  /**
   * Turns every 2 x 2 pixels into one of four times the channels (Dinh et al. 2017, section 3.6):
   * those of the upper left pixel, the upper right, the lower left and the lower right one. The
   * image has half the height and width.
   *
   * @param shape of the images
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if height or width is odd
   */
  public static Bijection squeeze(ImageShape shape) {
    return Permutation.squeeze(shape);
  }

  /**
   * The transformer in each block of a TarFlow.
   *
   * @param depth layers of attention and of hidden units, at least 1
   * @param width columns between layers, at least 1; hidden layers have four times as many
   * @param heads of attention, a divisor of the width
   * @param activation of the hidden layers
   */
  public record TransformerConfig(int depth, int width, int heads, Activation activation) {

    /** Columns of a head where their number is not given. */
    private static final int HEAD_SIZE = 16;

    /**
     * Checks the sizes.
     *
     * @throws FjordException INVALID_CONFIGURATION for sizes that are not positive, or heads that
     *     do not divide the width
     */
    public TransformerConfig {
      Sizes.requireGiven("activation", activation);
      if (depth < 1 || width < 1 || heads < 1 || width % heads != 0) {
        throw new FjordException(
            ErrorKey.INVALID_CONFIGURATION,
            "a transformer of depth %d, width %d and %d heads; expected positive numbers, and heads that divide the width"
                .formatted(depth, width, heads));
      }
    }

    /** With swish, and heads of 16 columns where these divide the width, else one head. */
    public static TransformerConfig of(int depth, int width) {
      int heads = width % HEAD_SIZE == 0 ? Math.max(1, width / HEAD_SIZE) : 1;
      return new TransformerConfig(depth, width, heads, Activation.SWISH);
    }
  }
}
