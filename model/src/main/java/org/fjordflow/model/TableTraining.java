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

  /** Those of a training with an open end, as in FFJORD's code: further, for little more time. */
  private static final int OPEN_PLATEAU = 10;

  private static final int OPEN_PATIENCE = 30;

  /** Where a small table is validated often, the rate stays for so many steps all the same. */
  private static final long PLATEAU_STEPS = 250;

  private static final long PATIENCE_STEPS = 750;

  /** A small table is validated after so many passes over it, a large one as often in each. */
  private static final int PASSES_OR_VALIDATIONS = 4;

  private static final int LEAST_INTERVAL = 10;

  /** What no training within minutes reaches. */
  private static final long OPEN_END = 1_000_000;

  /** Last part of the time, in which the learning rate falls. */
  private static final double COOLDOWN = 0.3;

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

  /** Until validation brings no gain, within a time; all steps where nothing is validated. */
  static TrainerConfig openEnded(
      FlowRecipe recipe, int rows, int columns, boolean validates, double timeLimit, long seed) {
    TrainerConfig counted = of(recipe, rows, columns, validates, seed).withTimeLimit(timeLimit);
    long small = Math.max(LEAST_INTERVAL, (long) PASSES_OR_VALIDATIONS * rows / BATCH);
    long large = rows / (PASSES_OR_VALIDATIONS * BATCH);
    long interval = Math.max(large, Math.min(small, VALIDATION_INTERVAL));
    return validates
        ? counted
            .withOptimizer(Adam.of(recipe.openLearningRate(columns)))
            .withSteps(OPEN_END)
            .withValidation(interval, validations(PATIENCE_STEPS, interval, OPEN_PATIENCE))
            .withSchedule(
                new Schedule.Cooldown(
                    COOLDOWN,
                    new Schedule.Plateau(validations(PLATEAU_STEPS, interval, OPEN_PLATEAU))))
        : counted;
  }

  /** So many validations as there are in some steps, and not fewer than at least. */
  private static int validations(long steps, long interval, int least) {
    return (int) Math.max(least, (steps + interval - 1) / interval);
  }
}
