package org.fjordflow.model;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.cnf.ContinuousConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.discrete.Flows;
import org.fjordflow.discrete.ImagePatches;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.Images;
import org.fjordflow.model.images.PixelScale;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;

/**
 * The flows of images that are known by name, with the sizes, batches and learning rates they have
 * unless others are asked for. Each is a function of the shape of the images and the number of
 * classes.
 */
public enum ImageRecipe {
  /** Glow, with as many levels as the size allows, three at most. */
  GLOW("glow", 64, 1e-3, Seen.LOGITS, ImageRecipe::glow),
  /** TarFlow, whose tokens are square patches. */
  TARFLOW("tarflow", 32, 3e-3, Seen.LOGITS, ImageRecipe::tarFlow),
  /** Masked autoregressive flow of the numbers in their order. */
  MAF("maf", 128, 1e-3, Seen.STANDARDIZED_LOGITS, ImageRecipe::maf),
  /** Neural spline flow with coupling layers on the numbers. */
  NSF("nsf", 128, 1e-3, Seen.STANDARDIZED_LOGITS, ImageRecipe::nsf),
  /** Neural spline flow with autoregressive layers on the numbers in their order. */
  NSF_AR("nsf-ar", 128, 1e-3, Seen.STANDARDIZED_LOGITS, ImageRecipe::autoregressiveNsf),
  /** Continuous flows of convolutions at one or two scales, as FFJORD's. */
  FFJORD("ffjord", 64, 2e-3, Seen.NARROW_LOGITS, ImageRecipe::ffjord),
  /** One continuous flow whose field is a U-net, trained by matching. */
  UNET("unet", 64, 2e-3, Seen.NARROW_LOGITS, ImageRecipe::unet);

  private static final double CONTEXT_DROPOUT = 0.1;

  private static final int MOST_LEVELS = 3;
  private static final int STEPS_A_LEVEL = 8;
  private static final int MOST_TOKENS = 64;
  private static final double TOLERANCE = 1e-3;
  private static final double KINETIC = 0.005;
  private static final double JACOBIAN = 0.01;
  private static final int WIDE_PIXELS = 256;

  /** With it samples of Glow have no patches of noise, for a hundredth of a bit. */
  private static final double GLOW_BOUND = 2;

  /** What a flow is given of images. */
  private enum Seen {
    LOGITS,
    NARROW_LOGITS,
    STANDARDIZED_LOGITS
  }

  /** Makes a flow of images, unconditional where there are no classes. */
  @FunctionalInterface
  private interface Maker {
    BijectionConfig of(ImageShape shape, int classes);
  }

  private final String id;
  private final int batchSize;
  private final double learningRate;
  private final Seen seen;

  @SuppressWarnings("ImmutableEnumChecker") // functions without state
  private final Maker maker;

  ImageRecipe(String id, int batchSize, double learningRate, Seen seen, Maker maker) {
    this.id = id;
    this.batchSize = batchSize;
    this.learningRate = learningRate;
    this.seen = seen;
    this.maker = maker;
  }

  /** Returns the name used in commands, such as {@code tarflow}. */
  public String id() {
    return id;
  }

  /** Returns the images a step. */
  public int batchSize() {
    return batchSize;
  }

  /** Returns the learning rate of Adam. */
  public double learningRate() {
    return learningRate;
  }

  /** Returns what the flow sees of pixels. */
  public PixelScale pixels() {
    return switch (seen) {
      case NARROW_LOGITS -> PixelScale.of("logit:0.05");
      case LOGITS, STANDARDIZED_LOGITS -> PixelScale.logit();
    };
  }

  /** Whether each number is brought to mean 0 and deviation 1 first. */
  public boolean standardizes() {
    return seen == Seen.STANDARDIZED_LOGITS;
  }

  /** Returns what it is trained by unless asked otherwise. */
  public TrainingObjective.Kind objective() {
    return this == UNET ? TrainingObjective.Kind.MATCHING : TrainingObjective.Kind.LIKELIHOOD;
  }

  /** Returns the part of the images whose class is left out, so that samples can be guided. */
  public double contextDropout() {
    return this == TARFLOW ? CONTEXT_DROPOUT : 0;
  }

  /**
   * Returns how a model of images is trained.
   *
   * @param model of images, this recipe's or another
   * @param images to train on
   * @param validates whether there are images to validate on
   * @param steps of training, or 0 to train until validation brings no gain
   * @param timeLimit of a training whose steps are open, in seconds, 0 for none
   * @param seed of the training
   * @throws FjordException INVALID_ARGUMENT for a model of something else
   */
  public TrainerConfig training(
      FlowSpec model, int images, boolean validates, long steps, double timeLimit, long seed) {
    ImageSpec spec = model.images();
    if (spec == null) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "a model of rows of numbers; expected one of images");
    }
    ImageTraining training = new ImageTraining(this, spec);
    TrainerConfig open =
        training.openEndedTraining(
            images, model.dim(), model.context(), validates, timeLimit, seed);
    return steps == 0 || steps == open.steps()
        ? open
        : training.counted(images, validates, steps, seed);
  }

  /**
   * Makes the flow.
   *
   * @param shape of the images
   * @param classes number of classes it is given, zero for none
   * @throws FjordException INVALID_CONFIGURATION for images of a size that it cannot have, saying
   *     which it can
   */
  public BijectionConfig flow(ImageShape shape, int classes) {
    return maker.of(shape, classes);
  }

  /** Returns the specification of a model of images, without standardisation. */
  public FlowSpec spec(ImageSpec images) {
    return FlowSpec.of(flow(images.shape(), images.contextSize())).withImages(images);
  }

  /**
   * Returns the recipe for images, as {@link FlowModel#fit} takes it.
   *
   * @param images what they stand for
   */
  public FlowRecipe recipe(ImageSpec images) {
    return new ImageTraining(this, images);
  }

  /** Returns the recipe for images, which sees their pixels as it sees them best. */
  public FlowRecipe recipe(Images images) {
    return recipe(images.spec(pixels()));
  }

  /** Finds a recipe by its name. */
  public static Optional<ImageRecipe> find(String id) {
    return Arrays.stream(values()).filter(recipe -> recipe.id.equals(id)).findFirst();
  }

  /**
   * Finds a recipe by its name.
   *
   * @throws FjordException INVALID_ARGUMENT if there is none, naming those there are
   */
  public static ImageRecipe of(String id) {
    return find(id)
        .orElseThrow(
            () ->
                new FjordException(
                    ErrorKey.INVALID_ARGUMENT,
                    Suggestions.unknown(
                        "model of images",
                        id,
                        Arrays.stream(values()).map(ImageRecipe::id).toList())));
  }

  /** Returns all names, for messages. */
  public static String names() {
    return Arrays.stream(values()).map(ImageRecipe::id).collect(Collectors.joining(", "));
  }

  private static BijectionConfig given(BijectionConfig flow, int classes) {
    return classes == 0 ? flow : flow.withContext(classes);
  }

  private static boolean wide(ImageShape shape) {
    return shape.size() > WIDE_PIXELS;
  }

  private static void requireEven(String name, ImageShape shape) {
    if (shape.height() % 2 != 0 || shape.width() % 2 != 0) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "%s halves images, and %d x %d cannot be halved; it takes even heights and widths, such as %d x %d. Any size is taken by %s"
              .formatted(
                  name,
                  shape.height(),
                  shape.width(),
                  shape.height() + shape.height() % 2,
                  shape.width() + shape.width() % 2,
                  "tarflow, maf, nsf, nsf-ar"));
    }
  }

  private static BijectionConfig glow(ImageShape shape, int classes) {
    int levels = 0;
    while (levels < MOST_LEVELS
        && shape.height() % (2 << levels) == 0
        && shape.width() % (2 << levels) == 0) {
      levels++;
    }
    requireEven("glow", shape);
    return given(
        Flows.glow(shape, levels, STEPS_A_LEVEL, wide(shape) ? 64 : 48)
            .withTransform(ColumnTransform.affine(GLOW_BOUND)),
        classes);
  }

  /** Patches as small as there may be tokens, more tokens where no patch divides the size. */
  private static BijectionConfig tarFlow(ImageShape shape, int classes) {
    List<Integer> patches =
        IntStream.rangeClosed(1, Math.min(shape.height(), shape.width()))
            .filter(patch -> shape.height() % patch == 0 && shape.width() % patch == 0)
            .boxed()
            .toList();
    int patch =
        patches.stream()
            .filter(size -> shape.pixels() / (size * size) <= MOST_TOKENS)
            .filter(size -> size > 1 || shape.pixels() < MOST_TOKENS)
            .findFirst()
            .orElse(patches.get(patches.size() - 1));
    return given(Flows.tarFlow(new ImagePatches(shape, patch), 4, wide(shape) ? 128 : 64), classes);
  }

  private static BijectionConfig maf(ImageShape shape, int classes) {
    return given(Flows.maf(shape.size(), 5, wide(shape) ? 512 : 256), classes);
  }

  private static BijectionConfig nsf(ImageShape shape, int classes) {
    return given(Flows.nsf(shape.size(), 5, wide(shape) ? 256 : 128), classes);
  }

  private static BijectionConfig autoregressiveNsf(ImageShape shape, int classes) {
    return given(
        Flows.autoregressiveNsf(shape.size(), wide(shape) ? 3 : 5, wide(shape) ? 256 : 128),
        classes);
  }

  /** With RNODE's penalties (Finlay et al. 2020), for a loss in nats. */
  private static BijectionConfig ffjord(ImageShape shape, int classes) {
    requireEven("ffjord", shape);
    ContinuousConfig.Images flow = ContinuousConfig.Images.ffjord(shape, 32, 32);
    SolverConfig solver =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_54, TOLERANCE, TOLERANCE)
            .withMaxEvaluations(SolveSettings.DEFAULT_MAX_EVALUATIONS);
    double nats = 1 / Dequantization.bitsPerNat(shape.size());
    SolveSettings solve =
        flow.solve()
            .withTrainingSolver(solver)
            .withPenalty(new SolveSettings.EnergyPenalty(KINETIC * nats, JACOBIAN * nats));
    return given(flow.withSolve(solve), classes);
  }

  private static BijectionConfig unet(ImageShape shape, int classes) {
    requireEven("unet", shape);
    boolean twice = shape.height() % 4 == 0 && shape.width() % 4 == 0 && wide(shape);
    int[] channels = twice ? new int[] {16, 32, 32} : new int[] {16, 32};
    return given(ContinuousConfig.Images.unet(shape, channels), classes);
  }
}
