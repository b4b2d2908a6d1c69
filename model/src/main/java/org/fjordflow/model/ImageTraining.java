package org.fjordflow.model;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.model.images.ImageSpec;

/**
 * How flows of images are trained unless asked otherwise: by Adam with a warm-up, a constant rate
 * that falls when validation brings no gain and in the last part of the time, and the moving
 * average of the parameters.
 *
 * @param recipe which flow
 * @param images what rows stand for
 */
record ImageTraining(ImageRecipe recipe, ImageSpec images) implements FlowRecipe {

  private static final long WARM_UP = 100;
  private static final double AVERAGE = 0.999;
  private static final long OPEN_END = 1_000_000;
  private static final long STEPS = 3_000;
  private static final double COOLDOWN = 0.4;
  private static final int MOST_INTERVAL = 200;
  private static final int LEAST_INTERVAL = 20;
  private static final int PLATEAU = 10;
  private static final int PATIENCE = 30;

  /** Of a gradient of bits per dimension. */
  private static final double CLIP_NORM = 1;

  @Override
  public FlowSpec spec(int columns, int context) {
    if (columns != images.shape().size() || context != images.contextSize()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "%s of images of %s with %d classes is asked for %d columns given %d"
              .formatted(recipe.id(), images.shape(), images.contextSize(), columns, context));
    }
    return recipe.spec(images);
  }

  @Override
  public boolean standardizes() {
    return recipe.standardizes();
  }

  @Override
  public double contextDropout() {
    return images.contextSize() > 0 ? recipe.contextDropout() : 0;
  }

  @Override
  public int batchSize() {
    return recipe.batchSize();
  }

  @Override
  public double learningRate(int columns) {
    return recipe.learningRate();
  }

  @Override
  public TrainerConfig openEndedTraining(
      int rows, int columns, int context, boolean validates, double timeLimit, long seed) {
    Schedule plateau = validates ? new Schedule.Plateau(PLATEAU) : new Schedule.Constant();
    return plain(rows, validates, seed)
        .withSteps(OPEN_END)
        .withTimeLimit(timeLimit)
        .withSchedule(new Schedule.Cooldown(COOLDOWN, new Schedule.WarmUp(WARM_UP, plateau)));
  }

  /** The training of so many steps, over which the rate falls along half a cosine. */
  TrainerConfig counted(int rows, boolean validates, long steps, long seed) {
    long warmUp = Math.max(1, Math.min(WARM_UP, steps / 20));
    return plain(rows, validates, seed)
        .withSteps(steps)
        .withSchedule(new Schedule.WarmUp(warmUp, new Schedule.Cosine(Math.max(1, steps), 0.01)));
  }

  @Override
  public TrainerConfig tableTraining(int rows, int columns, boolean validates, long seed) {
    return counted(rows, validates, STEPS, seed);
  }

  @Override
  public TrainerConfig tableTraining(
      int rows, int columns, int context, boolean validates, long seed) {
    return tableTraining(rows, columns, validates, seed);
  }

  private TrainerConfig plain(int rows, boolean validates, long seed) {
    int batch = Math.min(recipe.batchSize(), rows);
    TrainerConfig plain =
        TrainerConfig.of(STEPS, batch, seed)
            .withOptimizer(Adam.of(recipe.learningRate()))
            .withClipNorm(CLIP_NORM / Dequantization.bitsPerNat(images.shape().size()))
            .withAverage(AVERAGE);
    long interval = Math.max(LEAST_INTERVAL, Math.min(MOST_INTERVAL, rows / batch));
    return validates ? plain.withValidation(interval, PATIENCE) : plain;
  }
}
