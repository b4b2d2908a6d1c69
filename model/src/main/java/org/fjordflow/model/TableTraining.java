package org.fjordflow.model;

import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;

/** How flows are trained on tables unless asked otherwise. */
final class TableTraining {

  private static final int BATCH = 256;
  private static final int MOST_STEPS = 3_000;

  /** A small table is learned by heart when it is passed over more often. */
  private static final int PASSES = 120;

  private static final int FEWEST_STEPS = 200;
  private static final int VALIDATION_INTERVAL = 50;

  /** Validations without a gain, after which the learning rate falls and training ends. */
  private static final int PLATEAU = 5;

  private static final int PATIENCE = 15;

  private TableTraining() {}

  static TrainerConfig of(FlowRecipe recipe, int rows, int columns, boolean validates, long seed) {
    long steps = Math.max(FEWEST_STEPS, (long) PASSES * rows / BATCH);
    TrainerConfig plain =
        TrainerConfig.of(Math.min(MOST_STEPS, steps), BATCH, seed)
            .withOptimizer(Adam.of(recipe.learningRate(columns)))
            .withClipNorm(FlowRecipe.CLIP_NORM);
    return validates
        ? plain
            .withValidation(VALIDATION_INTERVAL, PATIENCE)
            .withSchedule(new Schedule.Plateau(PLATEAU))
        : plain;
  }
}
