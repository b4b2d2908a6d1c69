package org.fjordflow.cli;

import org.fjordflow.cli.models.ModelRecipe;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.discrete.DiscreteConfig;
import org.jspecify.annotations.Nullable;

/** What a training does where nothing else is asked for. */
final class RunDefaults {

  private static final int BATCH = 256;
  private static final int MOONS_STEPS = 1_500;
  private static final int CONTINUOUS_STEPS = 3_000;
  private static final int DISCRETE_STEPS = 5_000;
  private static final int TABLE_STEPS = 3_000;

  /** A small table is learned by heart when it is passed over more often. */
  private static final int TABLE_PASSES = 120;

  private static final int LEAST_TABLE_STEPS = 200;

  private RunDefaults() {}

  /**
   * Returns the defaults for a source.
   *
   * @param recipe of the model, or null for the source's own
   */
  static RunConfig of(DataSource source, @Nullable ModelRecipe recipe) {
    return of(source, recipe, DataConfig.standard(!isPublished(source, recipe)), 0);
  }

  /**
   * Returns the defaults for a source whose rows are dealt out in a given way.
   *
   * @param recipe of the model, or null for the source's own
   * @param steps steps of training that a falling learning rate is spread over, 0 for the default
   */
  static RunConfig of(
      DataSource source, @Nullable ModelRecipe recipe, DataConfig data, long steps) {
    if (isPublished(source, recipe)) {
      TrainerConfig training = TrainerConfig.of(MOONS_STEPS, BATCH, 0);
      return new RunConfig(data, ModelConfig.mlp(source.columns()), training);
    }
    ModelRecipe used = recipe == null ? ModelRecipe.FFJORD : recipe;
    ModelSpec model = used.spec(source.columns());
    TrainerConfig training =
        source instanceof DataSource.Rows rows
            ? tableTraining(used, rows, data)
            : densityTraining(used, model, steps);
    return new RunConfig(data, model, training.withClipNorm(ModelRecipe.CLIP_NORM));
  }

  /** Whether a training on moons repeats the published one, so that its result can be compared. */
  private static boolean isPublished(DataSource source, @Nullable ModelRecipe recipe) {
    return source.name().equals(ToyDensity.MOONS.id())
        && source instanceof DataSource.Density
        && (recipe == null || recipe == ModelRecipe.MLP);
  }

  private static TrainerConfig densityTraining(ModelRecipe recipe, ModelSpec model, long steps) {
    int standard = model instanceof DiscreteConfig ? DISCRETE_STEPS : CONTINUOUS_STEPS;
    long length = steps > 0 ? steps : standard;
    return TrainerConfig.of(length, recipe.batchSize(), 0)
        .withOptimizer(Adam.of(recipe.learningRate(model.dim())))
        .withSchedule(new Schedule.Cosine(length, 0.01));
  }

  /** Stops early, with FFJORD's falls of the learning rate on the way. */
  private static TrainerConfig tableTraining(
      ModelRecipe recipe, DataSource.Rows rows, DataConfig data) {
    int count = rows.table().rowCount();
    long trained = Math.round(count * (1 - data.validation() - data.test()));
    long steps = Math.max(LEAST_TABLE_STEPS, TABLE_PASSES * trained / BATCH);
    TrainerConfig plain =
        TrainerConfig.of(Math.min(TABLE_STEPS, steps), BATCH, 0)
            .withOptimizer(Adam.of(recipe.learningRate(rows.table().columns())));
    boolean validates = Math.round(count * data.validation()) > 0;
    return validates ? plain.withValidation(50, 15).withSchedule(new Schedule.Plateau(5)) : plain;
  }
}
