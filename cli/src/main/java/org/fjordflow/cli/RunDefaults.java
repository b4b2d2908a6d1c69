package org.fjordflow.cli;

import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.Recipe;
import org.fjordflow.model.TrainingObjective;
import org.fjordflow.model.TrainingObjective.Kind;
import org.jspecify.annotations.Nullable;

/** What a training does where nothing else is asked for. */
final class RunDefaults {

  private static final int BATCH = 256;
  private static final int MOONS_STEPS = 1_500;
  private static final int CONTINUOUS_STEPS = 3_000;
  private static final int DISCRETE_STEPS = 5_000;
  private static final int MATCHING_STEPS = 8_000;

  private RunDefaults() {}

  /**
   * Returns the defaults for a source.
   *
   * @param recipe of the model, or null for the source's own
   * @param objective what it is trained by
   */
  static RunConfig of(DataSource source, @Nullable Recipe recipe, Kind objective) {
    DataConfig data = DataConfig.standard(!isPublished(source, recipe, objective));
    return of(source, recipe, objective, data, 0);
  }

  /**
   * Returns the defaults for a source whose rows are dealt out in a given way.
   *
   * @param recipe of the model, or null for the source's own
   * @param kind what it is trained by
   * @param steps steps of training that a falling learning rate is spread over, and that a table is
   *     trained for; 0 for the default, which is an open end for tables
   */
  static RunConfig of(
      DataSource source, @Nullable Recipe recipe, Kind kind, DataConfig data, long steps) {
    int columns = source.columns();
    TrainingObjective objective = TrainingObjective.of(kind);
    if (isPublished(source, recipe, kind)) {
      TrainerConfig training = TrainerConfig.of(MOONS_STEPS, BATCH, 0);
      return new RunConfig(data, FlowSpec.of(ModelConfig.mlp(columns)), training, objective);
    }
    Recipe used = recipe == null ? recipe(source, objective) : recipe;
    FlowSpec model = used.spec(columns, source.context());
    if (source instanceof DataSource.Rows rows) {
      model = model.withTable(rows.plan().specOrNull());
    }
    TrainerConfig training =
        source instanceof DataSource.Rows rows
            ? tableTraining(used, rows, data, steps)
            : used.densityTraining(steps > 0 ? steps : densitySteps(model, kind), columns, 0);
    return new RunConfig(data, model, objective.adjusted(training), objective);
  }

  /**
   * The recipe of a source where none is named: on tables spline flows, which are ahead of the
   * others in the same time, on most of the sets of docs/comparison.md.
   */
  private static Recipe recipe(DataSource source, TrainingObjective objective) {
    if (objective.matches()) {
      return Recipe.FFJORD;
    }
    if (!(source instanceof DataSource.Rows)) {
      return Recipe.FFJORD;
    }
    return Recipe.NSF.takes(source.columns(), source.context()) ? Recipe.NSF : Recipe.NSF_AR;
  }

  /** Whether a training on moons repeats the published one, so that its result can be compared. */
  private static boolean isPublished(
      DataSource source, @Nullable Recipe recipe, Kind objective) {
    return objective == Kind.LIKELIHOOD
        && source.name().equals(ToyDensity.MOONS.id())
        && source instanceof DataSource.Density
        && (recipe == null || recipe == Recipe.MLP);
  }

  private static long densitySteps(FlowSpec model, Kind objective) {
    if (objective != Kind.LIKELIHOOD) {
      return MATCHING_STEPS;
    }
    return model.continuous().isEmpty() ? DISCRETE_STEPS : CONTINUOUS_STEPS;
  }

  private static TrainerConfig tableTraining(
      Recipe recipe, DataSource.Rows rows, DataConfig data, long steps) {
    int count = rows.plan().data().rowCount();
    int trained = (int) Math.round(count * (1 - data.validation() - data.test()));
    boolean validates = Math.round(count * data.validation()) > 0;
    int columns = rows.columns();
    int context = rows.context();
    TrainerConfig open =
        recipe.openEndedTraining(trained, columns, context, validates, FlowRecipe.TIME_LIMIT, 0);
    return steps == 0 || steps == open.steps()
        ? open
        : recipe.tableTraining(trained, columns, context, validates, 0);
  }
}
