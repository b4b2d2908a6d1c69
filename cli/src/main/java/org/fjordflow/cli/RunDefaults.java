package org.fjordflow.cli;

import java.util.List;
import org.fjordflow.cnf.ContinuousConfig;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.matching.FlowMatching;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.ImageRecipe;
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
  private static final int MATCHED_STEPS = 6_000;
  private static final int MATCHED_BATCH = 512;
  private static final double MATCHED_RATE = 1e-2;

  /** Part of the steps that likelihood has behind matching, whose steps are so much shorter. */
  private static final double FINISHING = 0.05;

  private static final double FINISHING_RATE = 0.3;

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
    if (source instanceof DataSource.Pictures pictures) {
      return ofImages(pictures, ImageRecipe.GLOW, objective, data, steps);
    }
    if (isPublished(source, recipe, kind)) {
      TrainerConfig training = TrainerConfig.of(MOONS_STEPS, BATCH, 0);
      return new RunConfig(data, FlowSpec.of(ModelConfig.mlp(columns)), training, objective);
    }
    if (recipe == null && objective.matches() && source instanceof DataSource.Density) {
      return matched(data, columns, objective, steps > 0 ? steps : MATCHED_STEPS);
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
   * Returns the defaults for images.
   *
   * @param steps of training that a falling learning rate is spread over, or 0 for an open end
   */
  static RunConfig ofImages(
      DataSource.Pictures pictures,
      ImageRecipe recipe,
      TrainingObjective objective,
      DataConfig data,
      long steps) {
    FlowSpec model = recipe.spec(pictures.spec().withPixels(recipe.pixels()));
    int count = pictures.images().size();
    int trained = (int) Math.round(count * (1 - data.validation() - data.test()));
    boolean validates = Math.round(count * data.validation()) > 0;
    TrainerConfig training =
        recipe.training(
            model, Math.max(1, trained), validates, steps, FlowRecipe.TIME_LIMIT, /* seed= */ 0);
    return new RunConfig(data, model, objective.adjusted(training), objective);
  }

  /** Returns what is done with images where nothing else is asked for. */
  static DataConfig ofImages(DataSource.Pictures pictures, ImageRecipe recipe) {
    double dropout = pictures.context() > 0 ? recipe.contextDropout() : 0;
    return DataConfig.standard(recipe.standardizes()).withContextDropout(dropout);
  }

  /**
   * What a source is trained by where neither a model nor an objective is named: moons by matching,
   * which in a fraction of the time comes nearer to it than the published training. The others are
   * not: densities with sharp edges, such as checkerboard, come nearer by likelihood.
   */
  static Kind objective(DataSource source) {
    boolean maps = source instanceof DataSource.Rows rows && rows.source() != null;
    return maps || isMoons(source) ? Kind.MATCHING : Kind.LIKELIHOOD;
  }

  private static boolean isMoons(DataSource source) {
    return source instanceof DataSource.Density && source.name().equals(ToyDensity.MOONS.id());
  }

  /**
   * A density of the plane by matching: the plain network with swish and fine features to begin
   * with. More times near the data, where fields bend most, are worth as much as twice the steps.
   */
  private static RunConfig matched(
      DataConfig data, int columns, TrainingObjective objective, long steps) {
    FlowSpec plain = Recipe.MLP.spec(columns, 0);
    ContinuousConfig flow = (ContinuousConfig) plain.continuous().get(0);
    ContinuousConfig.Field field =
        new ContinuousConfig.Field(flow.field().layer(), flow.field().hidden(), "swish", 4);
    FlowSpec model =
        plain.withFlow(
            List.of(
                new ContinuousConfig(
                    flow.dim(), flow.contextSize(), field, flow.chain(), flow.solve())));
    TrainerConfig training =
        TrainerConfig.of(steps, MATCHED_BATCH, 0)
            .withOptimizer(Adam.of(MATCHED_RATE))
            .withSchedule(new Schedule.Cosine(steps, 0.01))
            .withClipNorm(FlowRecipe.CLIP_NORM);
    TrainingObjective near =
        objective
            .withMatching(objective.matching().withTimes(new FlowMatching.Times.Power(1)))
            .withFinishing(FINISHING, FINISHING_RATE);
    return new RunConfig(data, model, near.adjusted(training), near);
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
  private static boolean isPublished(DataSource source, @Nullable Recipe recipe, Kind objective) {
    return objective == Kind.LIKELIHOOD
        && isMoons(source)
        && (recipe == null || recipe == Recipe.MLP);
  }

  private static long densitySteps(FlowSpec model, Kind objective) {
    if (objective != Kind.LIKELIHOOD) {
      return MATCHED_STEPS;
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
