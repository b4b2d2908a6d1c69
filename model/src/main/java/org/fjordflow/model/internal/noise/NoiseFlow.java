package org.fjordflow.model.internal.noise;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.Dequantization.Linear;
import org.fjordflow.core.data.Dequantization.Logit;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.Transformed.Estimate;
import org.fjordflow.core.flow.internal.LentTapes;
import org.fjordflow.core.flow.internal.RowArrays;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.VariationalNoise;
import org.jspecify.annotations.Nullable;

/**
 * Where in their levels the numbers of an image are put: noise u of the unit cube with a density
 * q(u | x) that depends on the image x. A draw of the logistic distribution goes through {@link
 * NoiseCoupling}s, and then through the logistic function; without what has been learned u is
 * uniform.
 *
 * <p>By Jensen's inequality the logarithm of the probability of x is at least the mean over u of
 * {@code log p(x + u) - log q(u | x)} (Ho et al. 2019, section 3.1).
 */
public final class NoiseFlow {

  /** Pixels of images that are put at once. */
  private static final int CHUNK_PIXELS = 1 << 16;

  /** Smallest draw of the unit interval: its logistic number is finite. */
  private static final double LEAST = 0x1p-54;

  private final Dequantization pixels;
  private final int images;
  private final Bijection couplings;
  private final LentTapes tapes;

  private NoiseFlow(Dequantization pixels, int images, Bijection couplings, Backend backend) {
    this.pixels = pixels;
    this.images = images;
    this.couplings = couplings;
    this.tapes = new LentTapes(backend, false);
  }

  /**
   * Creates the flow of noise of a model of images.
   *
   * @param parameters where {@code dequantization.0.0.weight} and so on are added. Modified.
   * @param spec of the images
   * @param random source of the initial values
   * @return null for a model without
   */
  public static @Nullable NoiseFlow create(
      Parameters parameters, @Nullable ImageSpec spec, RandomGenerator random) {
    VariationalNoise config = spec == null ? null : spec.variational();
    if (spec == null || config == null) {
      return null;
    }
    List<Bijection> layers = new ArrayList<>();
    for (int i = 0; i < config.couplings(); i++) {
      String name = "dequantization." + i;
      layers.add(
          NoiseCoupling.create(
              parameters, name, spec.shape(), i % 2 == 0, config.hiddenChannels(), random));
    }
    return new NoiseFlow(
        spec.dequantization(),
        Math.max(1, CHUNK_PIXELS / spec.shape().pixels()),
        new Composition(layers),
        parameters.backend());
  }

  /** Draws a number of the logistic distribution; 0 is its median. */
  public static double logistic(RandomGenerator random) {
    double u = Math.max(LEAST, random.nextDouble());
    return Math.log(u) - Math.log1p(-u);
  }

  /** Returns the coupling layers, from noise to draws, given images on (-1, 1). */
  Bijection couplings() {
    return couplings;
  }

  /** Returns images with noise as a layer before a flow that is trained; draws anew each time. */
  public Bijection asLayer() {
    return new NoisyLevels(this);
  }

  int dim() {
    return couplings.dim();
  }

  /**
   * Puts numbers in their levels.
   *
   * @param pass tape and purpose; its randomness is not used
   * @param levels n x dim, whole numbers
   * @param draws n x dim of the logistic distribution
   * @return the numbers as a flow sees them, and what is to be added to their log-density for a
   *     bound of the images' log-probabilities
   */
  Transformed toLine(Pass pass, Var levels, Var draws) {
    Tape tape = pass.tape();
    Var image = tape.affine(2.0 / (pixels.levels() - 1), levels, -1);
    Transformed noise = couplings.inverse(pass, draws, image);
    Var logit = noise.value();
    Var opposite = tape.affine(-1, logit, 0);
    Var u = tape.apply(Elementwise.SIGMOID, logit);
    Placed placed = placed(tape, levels, u, tape.apply(Elementwise.SIGMOID, opposite));
    Estimate logDet = noise.logDet();
    if (logDet == null) {
      return new Transformed(placed.line, null);
    }
    Var slope = tape.subtract(placed.logSlope, minusLogDensity(tape, logit, opposite));
    Var drawn = minusLogDensity(tape, draws, tape.affine(-1, draws, 0));
    return new Transformed(
        placed.line, logDet.plus(tape, Estimate.exact(tape.rowSum(tape.add(slope, drawn)))));
  }

  /** Minus the logarithm of the logistic density, which is the slope of the logistic function. */
  private static Var minusLogDensity(Tape tape, Var x, Var opposite) {
    return tape.add(
        tape.apply(Elementwise.SOFTPLUS, x), tape.apply(Elementwise.SOFTPLUS, opposite));
  }

  /** Numbers as a flow sees them, and the logarithms of their slopes by the noise, n x dim. */
  private record Placed(Var line, Var logSlope) {}

  /** {@link Dequantization#toLine} on a tape; the rest of the noise keeps what is near 1 exact. */
  private Placed placed(Tape tape, Var levels, Var noise, Var rest) {
    int count = pixels.levels();
    if (pixels.scale() instanceof Linear linear) {
      double width = (linear.upper() - linear.lower()) / count;
      Var line = tape.affine(width, tape.add(levels, noise), linear.lower());
      return new Placed(line, tape.constant(Math.log(width)));
    }
    double alpha = ((Logit) pixels.scale()).alpha();
    double width = (1 - 2 * alpha) / count;
    Var missing = tape.add(tape.affine(-1, levels, count - 1), rest);
    Var below = tape.apply(Elementwise.LOG, tape.affine(width, tape.add(levels, noise), alpha));
    Var above = tape.apply(Elementwise.LOG, tape.affine(width, missing, alpha));
    return new Placed(
        tape.subtract(below, above), tape.affine(-1, tape.add(below, above), Math.log(width)));
  }

  /**
   * Images with their noise.
   *
   * @param rows n x dim, as a flow sees them
   * @param logDet [n], to be added to their log-densities
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  public record Noisy(double[][] rows, double[] logDet) {}

  /**
   * Puts numbers in their levels, a few images at once.
   *
   * @param levels n x dim, whole numbers. Not modified.
   * @param draws n x dim of the logistic distribution. Not modified.
   */
  public Noisy toLine(double[][] levels, double[][] draws) {
    double[][] rows = new double[levels.length][];
    double[] logDet = new double[levels.length];
    RandomGenerator unused = new RandomStreams(0).generator(Purpose.DEQUANTIZATION);
    for (int first = 0; first < levels.length; first += images) {
      int from = first;
      int n = Math.min(images, levels.length - from);
      tapes.lend(
          tape -> {
            Var given = constant(tape, levels, from, n);
            Var drawn = constant(tape, draws, from, n);
            Transformed noisy = toLine(Pass.evaluation(tape, unused), given, drawn);
            double[][] made = RowArrays.of(tape.backend(), noisy.value().value());
            System.arraycopy(made, 0, rows, from, n);
            Estimate slope = noisy.logDet();
            if (slope != null) {
              tape.backend().download(slope.value().value(), logDet, from);
            }
            return n;
          });
    }
    return new Noisy(rows, logDet);
  }

  private Var constant(Tape tape, double[][] rows, int from, int n) {
    return tape.constant(RowArrays.flatten(rows, from, from + n, dim(), "images"), n, dim());
  }
}
