package org.fjordflow.discrete;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.internal.parts.MultiScale;
import org.fjordflow.core.flow.internal.parts.Permutation;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.Sizes;
import org.fjordflow.discrete.internal.layers.ImageCoupling;
import org.fjordflow.discrete.internal.parts.ActNorm;
import org.fjordflow.discrete.internal.parts.LuLinear;
import org.fjordflow.discrete.internal.parts.PerPixel;
import org.fjordflow.discrete.transform.ColumnTransform;

/**
 * Glow for images (Kingma and Dhariwal 2018, figure 2). A level squeezes 2 x 2 pixels into one,
 * makes some steps (activation normalisation, 1 x 1 convolution and coupling layer), and, unless it
 * is the last, splits off half of the channels, whose prior is a normal that depends on the other
 * half.
 *
 * <p>Differs from Glow in that the coupling's networks have no normalisation of their own, that the
 * log-scale is that of the transform, that 1 x 1 convolutions begin with a drawn permutation and
 * not with a rotation, and that what the last level leaves has a standard normal prior.
 *
 * @param shape of the images; {@code 2^levels} divides height and width
 * @param contextSize number of columns of the context, zero for none
 * @param levels number of levels, at least 1
 * @param steps number of steps a level, at least 1
 * @param hidden channels of the two hidden layers of each network, at least 1
 * @param activation of the networks
 * @param transform what a coupling layer does to a number
 */
public record ImageGlowConfig(
    ImageShape shape,
    int contextSize,
    int levels,
    int steps,
    int hidden,
    Activation activation,
    ColumnTransform transform)
    implements FlowConfig {

  /** Evaluations keep the memory of so many pixels at once. */
  private static final int CHUNK_PIXELS = 1 << 16;

  /** Beyond, 2^levels would not be an int. */
  private static final int MOST_LEVELS = 30;

  /**
   * Checks the sizes.
   *
   * @throws FjordException INVALID_CONFIGURATION for sizes outside their ranges
   */
  public ImageGlowConfig {
    Sizes.requireGiven("shape", shape);
    Sizes.requireGiven("activation", activation);
    CircularColumns.requireOfNumbers(transform);
    int block = levels < 0 || levels > MOST_LEVELS ? 0 : 1 << levels;
    if (contextSize < 0
        || block < 2
        || steps < 1
        || hidden < 1
        || shape.height() % block != 0
        || shape.width() % block != 0) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "glow for images of %s, context %d, %d levels of %d steps, %d hidden channels; expected positive sizes, and a height and a width that can be halved at every level"
              .formatted(shape, contextSize, levels, steps, hidden));
    }
  }

  @Override
  public int dim() {
    return shape.size();
  }

  /** {@inheritDoc} Steps of all levels. */
  @Override
  public int layers() {
    return levels * steps;
  }

  @Override
  public ImageGlowConfig withContext(int size) {
    return new ImageGlowConfig(shape, size, levels, steps, hidden, activation, transform);
  }

  /** The same with networks of another activation. */
  public ImageGlowConfig withActivation(Activation value) {
    return new ImageGlowConfig(shape, contextSize, levels, steps, hidden, value, transform);
  }

  /** The same with another transform of numbers. */
  public ImageGlowConfig withTransform(ColumnTransform value) {
    return new ImageGlowConfig(shape, contextSize, levels, steps, hidden, activation, value);
  }

  /** {@inheritDoc} It evaluates in chunks of few images, whose hidden channels take much memory. */
  @Override
  public Flow create(Parameters parameters, RandomGenerator random) {
    int images = Math.max(1, CHUNK_PIXELS / shape.pixels());
    return FlowConfig.super.create(parameters, random).withChunkRows(images);
  }

  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    return level(parameters, 0, shape, random);
  }

  private Bijection level(
      Parameters parameters, int level, ImageShape given, RandomGenerator random) {
    String name = "levels." + level;
    List<Bijection> parts = new ArrayList<>(List.of(Permutation.squeeze(given)));
    ImageShape squeezed = Permutation.squeezed(given);
    for (int i = 0; i < steps; i++) {
      step(parts, parameters, name + ".steps." + i, squeezed, random);
    }
    if (level + 1 < levels) {
      parts.add(
          coupling(parameters, name + ".prior", squeezed, 0, ColumnTransform.affine(), random));
      int onward = ImageCoupling.keptChannels(squeezed);
      Bijection rest = level(parameters, level + 1, squeezed.withChannels(onward), random);
      parts.add(MultiScale.channels(squeezed, onward, rest));
    }
    return new Composition(parts);
  }

  private void step(
      List<Bijection> parts,
      Parameters parameters,
      String name,
      ImageShape squeezed,
      RandomGenerator random) {
    int channels = squeezed.channels();
    Bijection mixing =
        new Composition(
            List.of(
                ActNorm.create(parameters, name + ".norm", channels),
                Permutation.random(parameters, name + ".permutation", channels, random),
                LuLinear.create(parameters, name + ".linear", channels)));
    parts.add(new PerPixel(squeezed.pixels(), mixing));
    parts.add(coupling(parameters, name + ".coupling", squeezed, hidden, transform, random));
  }

  private Bijection coupling(
      Parameters parameters,
      String name,
      ImageShape squeezed,
      int hiddenChannels,
      ColumnTransform columns,
      RandomGenerator random) {
    return ImageCoupling.create(
        parameters, name, squeezed, contextSize, hiddenChannels, activation, columns, random);
  }
}
