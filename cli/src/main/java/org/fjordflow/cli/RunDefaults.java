package org.fjordflow.cli;

import org.fjordflow.cli.models.ModelRecipe;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.core.train.Adam;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.discrete.DiscreteConfig;
import org.jspecify.annotations.Nullable;

/** What a training does where nothing else is asked for. */
final class RunDefaults {

  private static final int BATCH = 256;
  private static final int MOONS_STEPS = 1_500;
  private static final int DENSITY_STEPS = 3_000;
  private static final int TABLE_STEPS = 3_000;

  /** A small table is learned by heart when it is passed over more often. */
  private static final int TABLE_PASSES = 120;

  private static final int LEAST_TABLE_STEPS = 200;

  private static final int DISCRETE_STEPS = 5_000;

  private RunDefaults() {}

  /**
   * Returns the defaults for a source.
   *
   * @param recipe of the model, or null for the source's own
   */
  static RunConfig of(DataSource source, @Nullable ModelRecipe recipe) {
    boolean standardize =
        source instanceof DataSource.Rows || model(source, recipe) instanceof DiscreteConfig;
    return of(source, recipe, DataConfig.standard(standardize), 0);
  }

  /**
   * Returns the defaults for a source whose rows are dealt out in a given way.
   *
   * @param recipe of the model, or null for the source's own
   * @param steps steps of training that a falling learning rate is spread over, 0 for the default
   */
  static RunConfig of(
      DataSource source, @Nullable ModelRecipe recipe, DataConfig data, long steps) {
    ModelSpec model = model(source, recipe);
    TrainerConfig training;
    if (source instanceof DataSource.Rows rows) {
      training = tableTraining(rows, data);
      training =
          model instanceof DiscreteConfig ? training.withClipNorm(ModelRecipe.CLIP_NORM) : training;
    } else if (recipe != null && model instanceof DiscreteConfig) {
      training = discreteTraining(recipe, steps);
    } else {
      training = densityTraining(source, steps);
    }
    return new RunConfig(data, model, training);
  }

  private static ModelSpec model(DataSource source, @Nullable ModelRecipe recipe) {
    ModelRecipe own = source instanceof DataSource.Rows ? ModelRecipe.FFJORD : ModelRecipe.MLP;
    return (recipe == null ? own : recipe).spec(source.columns());
  }

  /**
   * The published recipe for moons. The other densities are harder for the same network: they get a
   * larger learning rate that falls to nothing, and more steps.
   */
  private static TrainerConfig densityTraining(DataSource source, long steps) {
    if (source.name().equals(ToyDensity.MOONS.id())) {
      return TrainerConfig.of(MOONS_STEPS, BATCH, 0);
    }
    long length = steps > 0 ? steps : DENSITY_STEPS;
    return TrainerConfig.of(length, BATCH, 0)
        .withOptimizer(Adam.of(5e-3))
        .withSchedule(new Schedule.Cosine(length, 0.01));
  }

  private static TrainerConfig discreteTraining(ModelRecipe recipe, long steps) {
    long length = steps > 0 ? steps : DISCRETE_STEPS;
    return TrainerConfig.of(length, recipe.batchSize(), 0)
        .withOptimizer(Adam.of(recipe.learningRate(2)))
        .withSchedule(new Schedule.Cosine(length, 0.01))
        .withClipNorm(ModelRecipe.CLIP_NORM);
  }

  /** Stops early, with FFJORD's falls of the learning rate on the way. */
  private static TrainerConfig tableTraining(DataSource.Rows rows, DataConfig data) {
    int count = rows.table().rowCount();
    long trained = Math.round(count * (1 - data.validation() - data.test()));
    long steps = Math.max(LEAST_TABLE_STEPS, TABLE_PASSES * trained / BATCH);
    TrainerConfig plain = TrainerConfig.of(Math.min(TABLE_STEPS, steps), BATCH, 0);
    boolean validates = Math.round(count * data.validation()) > 0;
    return validates ? plain.withValidation(50, 15).withSchedule(new Schedule.Plateau(5)) : plain;
  }
}
