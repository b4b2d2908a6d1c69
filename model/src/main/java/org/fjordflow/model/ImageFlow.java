package org.fjordflow.model;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Denoising;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.discrete.GuidedSampling;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;

/**
 * What a model of images does beyond what every {@link FlowModel} does: bits per dimension and
 * classes of images, samples of a class, ways between images, and images without their noise.
 * Images are rows of whole numbers.
 */
public final class ImageFlow {

  /** Rows that are differentiated at once, which takes more memory than evaluating them. */
  private static final int DENOISED_ROWS = 64;

  private final FlowModel model;
  private final ImageSpec spec;

  private ImageFlow(FlowModel model, ImageSpec spec) {
    this.model = model;
    this.spec = spec;
  }

  /**
   * Looks at a model of images.
   *
   * @param model closed by whoever made it
   * @throws FjordException INVALID_ARGUMENT for a model of rows of numbers
   */
  public static ImageFlow of(FlowModel model) {
    ImageSpec images = model.config().images();
    if (images == null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "this model has rows of %d columns; expected a model of images".formatted(model.dim()));
    }
    return new ImageFlow(model, images);
  }

  /** Returns what the rows of the model stand for. */
  public ImageSpec spec() {
    return spec;
  }

  /** Whether the model is given the class of an image. */
  public boolean isConditional() {
    return spec.contextSize() > 0;
  }

  /**
   * Scores images: an unconditional model by their density, a conditional one by that of all
   * classes together, each as often as among the images that it has learned from. Over draws of
   * noise; what an image gets depends on its numbers and the seed alone.
   *
   * @param images as {@link Images#as} gives them
   * @param draws of noise, at least 1; one has no standard error, NaN
   * @param seed of the noise
   * @throws FjordException UNSUPPORTED for a density of noisy images, which has no bits per
   *     dimension; INVALID_ARGUMENT for no draws; as {@link FlowModel#logProb(double[][])}
   */
  public ImageScores score(Images images, int draws, long seed) {
    requireBits();
    return ImageScores.of(model, spec, images, draws, seed);
  }

  /**
   * Says where the bits of images come from, by the scales of a flow that has several, such as Glow
   * and FFJORD's: others have one. Of a conditional model the bits are those given the class.
   *
   * @param images as {@link Images#as} gives them; of a conditional model with their classes
   * @param draws of noise, at least 1
   * @param seed of the noise, and of probes where log-determinants are estimated
   * @throws FjordException UNSUPPORTED for a density of noisy images and for another base than the
   *     standard normal; INVALID_ARGUMENT, naming it, for an image without class, and for no draws
   */
  public ScaleBits bitsByScale(Images images, int draws, long seed) {
    return bitsByScale(images.rows(), context(images), draws, seed);
  }

  /**
   * The same of rows.
   *
   * @param rows at least one, of whole numbers. Not modified.
   * @param context classes, one hot, or {@link Context#none()}
   */
  public ScaleBits bitsByScale(double[][] rows, Context context, int draws, long seed) {
    requireBits();
    RandomGenerator random = new RandomStreams(seed).generator(Purpose.PROBES);
    ScaleParts.Sums sums = model.withNoise(draws, seed).scales(rows, context, random);
    double unit = -Dequantization.bitsPerNat(model.dim());
    for (double[] image : sums.logProb()) {
      Arrays.setAll(image, k -> unit * image[k]);
    }
    return new ScaleBits(sums.sizes(), sums.logProb());
  }

  private void requireBits() {
    if (spec.noise() > 0) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "a model trained with noise of %s is a density of noisy images, which has no bits per dimension; train one without --noise"
              .formatted(spec.noise()));
    }
  }

  /**
   * How samples are drawn.
   *
   * @param label the class of all of them, from 0; {@link Images#UNKNOWN} for all classes in turn,
   *     and for an unconditional model
   * @param temperature factor of the deviation of the base, above 0; below 1 samples are likelier
   *     and more alike
   * @param guidance weight of the difference that the class makes (TarFlow), 0 for none
   * @param denoised whether the noise is taken away again that the model was trained with
   */
  public record Sampling(int label, double temperature, double guidance, boolean denoised) {

    /** Samples of the density, of all classes in turn, without noise. */
    public static Sampling standard() {
      return new Sampling(Images.UNKNOWN, 1, 0, true);
    }

    /** The same of one class. */
    public Sampling withLabel(int other) {
      return new Sampling(other, temperature, guidance, denoised);
    }

    /** The same at another temperature. */
    public Sampling withTemperature(double other) {
      return new Sampling(label, other, guidance, denoised);
    }

    /** The same with another weight of guidance. */
    public Sampling withGuidance(double other) {
      return new Sampling(label, temperature, other, denoised);
    }
  }

  /** Draws samples of the density, of all classes in turn, without noise. */
  public double[][] samples(int n, long seed) {
    return samples(n, Sampling.standard(), seed);
  }

  /**
   * Draws samples.
   *
   * @param n how many
   * @param how class, temperature and guidance
   * @param seed the same seed gives the same samples
   * @return n rows of whole numbers
   * @throws FjordException INVALID_ARGUMENT for a class, a temperature or a guidance that cannot
   *     be, and for guidance of another flow than a conditional TarFlow; UNSUPPORTED for the
   *     temperature of another base than the normal; SOLVE_FAILED; CLOSED
   */
  public double[][] samples(int n, Sampling how, long seed) {
    RandomStreams streams = new RandomStreams(seed);
    RandomGenerator random = streams.generator(Purpose.SAMPLES);
    double[][] contexts = contexts(n, how.label());
    if (!(how.guidance() >= 0) || Double.isInfinite(how.guidance())) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "guidance of " + how.guidance() + "; expected a number from 0 on, 0 for none");
    }
    return model.reading(
        () -> {
          Flow flow = at(how.temperature());
          Context context = isConditional() ? Context.of(contexts) : Context.none();
          double[][] line =
              how.guidance() > 0
                  ? GuidedSampling.growing(flow, how.guidance()).sample(contexts, random)
                  : flow.sample(n, context, random);
          return toLevels(
              how.denoised() && spec.noise() > 0
                  ? denoised(line, context, streams.generator(Purpose.PROBES))
                  : line);
        });
  }

  /** Contexts of samples, one hot; without columns for an unconditional model. */
  private double[][] contexts(int n, int label) {
    int classes = spec.contextSize();
    if (label != Images.UNKNOWN && !(label >= 0 && label < classes)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "class %d; the model has %s"
              .formatted(
                  label, classes == 0 ? "no classes" : classes + " classes, numbered from 0"));
    }
    double[][] contexts = new double[n][];
    Arrays.setAll(
        contexts,
        i ->
            classes == 0
                ? new double[0]
                : spec.oneHot(label == Images.UNKNOWN ? i % classes : label));
    return contexts;
  }

  private Flow at(double temperature) {
    Flow flow = model.flow();
    if (!(temperature > 0) || Double.isInfinite(temperature)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a temperature of " + temperature + "; expected a number above 0, usually below 1");
    }
    if (temperature == 1) {
      return flow;
    }
    if (!(model.config().base() instanceof BaseConfig.Normal)) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED, "a temperature is for models whose base is the standard normal");
    }
    double[] deviation = new double[flow.dim()];
    Arrays.fill(deviation, temperature);
    return new Flow(
            new DiagonalNormal(new double[flow.dim()], deviation), flow.bijection(), flow.backend())
        .withChunkRows(flow.chunkRows());
  }

  private double[][] toLevels(double[][] line) {
    for (double[] row : line) {
      for (double value : row) {
        if (!Double.isFinite(value)) {
          throw new FjordException(
              ErrorKey.NON_FINITE,
              "a sample overflows on its way to the data; lower the temperature, or train for longer");
        }
      }
    }
    return spec.dequantization().undo(line);
  }

  private double[][] denoised(double[][] line, Context context, RandomGenerator random) {
    Flow flow = model.flow();
    int rows = Math.min(DENOISED_ROWS, flow.chunkRows());
    return new Denoising(flow.withChunkRows(rows), spec.noise()).denoise(line, context, random);
  }

  /**
   * Takes noise away from images: the mean of the image, given the image with noise, under the
   * density that the model has learned of such images (Tweedie's formula).
   *
   * @param images as {@link Images#as} gives them; of a conditional model with their classes
   * @param seed of probes, where log-determinants are estimated
   * @return rows of whole numbers
   * @throws FjordException UNSUPPORTED for a model that was trained without noise;
   *     INVALID_ARGUMENT, naming it, for an image without class
   */
  public double[][] denoise(Images images, long seed) {
    if (spec.noise() == 0) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "a model that was trained without noise takes none away; train one with --noise, such as 0.1");
    }
    Context context = context(images);
    Dequantization pixels = spec.dequantization();
    double[][] line =
        Arrays.stream(images.rows())
            .map(row -> Arrays.stream(row).map(level -> pixels.toLine(level, 0.5)).toArray())
            .toArray(double[][]::new);
    RandomGenerator random = new RandomStreams(seed).generator(Purpose.PROBES);
    return model.reading(() -> pixels.undo(denoised(line, context, random)));
  }

  private Context context(Images images) {
    for (int i = 0; i < images.size() && isConditional(); i++) {
      if (images.labels()[i] == Images.UNKNOWN) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "image %s has no class that the model knows; say it by sub-folders, --labels or --class"
                .formatted(images.names().get(i)));
      }
    }
    double[][] given = images.context();
    return given == null || !isConditional() ? Context.none() : Context.of(given);
  }

  /**
   * Maps images to the base: latents.
   *
   * @param images as {@link Images#as} gives them; of a conditional model with their classes
   * @return n x numbers of an image
   * @throws FjordException INVALID_ARGUMENT, naming it, for an image without class; as {@link
   *     FlowModel#toBase(double[][], Context)}
   */
  public double[][] toBase(Images images) {
    return model.toBase(images.rows(), context(images));
  }

  /**
   * The way between two images in the base: directions along the great circle, lengths in equal
   * steps, so that what lies between is as likely as both ends.
   *
   * @param two exactly two images, as {@link Images#as} gives them; of a conditional model with
   *     their classes, between which it goes too
   * @param steps how many images, both ends among them, at least 2
   * @return rows of whole numbers
   * @throws FjordException INVALID_ARGUMENT for another number of images or steps; as {@link
   *     #toBase}
   */
  public double[][] interpolate(Images two, int steps) {
    if (two.size() != 2 || steps < 2) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%d images and %d steps; expected two images and at least 2 steps"
              .formatted(two.size(), steps));
    }
    double[][] ends = toBase(two);
    double[][] points = new double[steps][];
    double[][] given = new double[steps][spec.contextSize()];
    for (int i = 0; i < steps; i++) {
      double t = (double) i / (steps - 1);
      points[i] = GreatCircle.between(ends[0], ends[1], t);
      for (int k = 0; k < given[i].length; k++) {
        given[i][k] = (1 - t) * (two.labels()[0] == k ? 1 : 0) + t * (two.labels()[1] == k ? 1 : 0);
      }
    }
    return model.fromBase(points, isConditional() ? Context.of(given) : Context.none());
  }
}
