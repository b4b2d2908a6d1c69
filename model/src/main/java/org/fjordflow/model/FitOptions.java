package org.fjordflow.model;

import java.time.Duration;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.jspecify.annotations.Nullable;

/**
 * What {@link FlowModel#fit} is asked for. {@link #of} has the defaults, {@link #builder} changes
 * them.
 *
 * @param recipe which flow
 * @param objective what it is trained by
 * @param columns what is said of the table's columns: which are given, what they stand for
 * @param validation part of the rows that is kept to stop early by, at least 0 and below 1; 0
 *     trains all steps
 * @param noise on rows in training, in standard deviations of each column: a number, or {@code
 *     scott} for Scott's rule; see {@link Smoothing}
 * @param steps of training at most, 0 to train until validation brings no gain
 * @param timeBudget after which training ends with the step it is in, or null for none; the
 *     builder's default is {@link #TIME_BUDGET}, or none where steps are given
 * @param seed the same seed gives the same model
 * @param threads how many threads compute at most, the caller's among them
 * @param listeners told of the training, in this order
 */
public record FitOptions(
    FlowRecipe recipe,
    TrainingObjective objective,
    TableOptions columns,
    double validation,
    String noise,
    long steps,
    @Nullable Duration timeBudget,
    long seed,
    int threads,
    List<TrainingListener> listeners) {

  /** The time that training has unless steps or another time are given: five minutes. */
  public static final Duration TIME_BUDGET = Duration.ofSeconds((long) FlowRecipe.TIME_LIMIT);

  /**
   * Checks every value.
   *
   * @throws FjordException INVALID_CONFIGURATION, naming the value
   */
  public FitOptions {
    listeners = List.copyOf(listeners);
    require(recipe != null, "recipe", recipe, "a flow");
    require(objective != null, "objective", objective, "an objective");
    require(columns != null, "columns", columns, "options, such as TableOptions.standard()");
    double width = Smoothing.parse(noise);
    require(Double.isFinite(width), "noise", noise, "a finite number");
    require(validation >= 0 && validation < 1, "validation", validation, "at least 0, below 1");
    require(steps >= 0, "steps", steps, "at least 0");
    require(
        timeBudget == null || (!timeBudget.isNegative() && !timeBudget.isZero()),
        "timeBudget",
        timeBudget,
        "a positive time");
    require(threads >= 1, "threads", threads, "at least 1");
  }

  private static void require(boolean holds, String name, @Nullable Object given, String expected) {
    if (!holds) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION, name + " is " + given + "; expected " + expected);
    }
  }

  /** The defaults for a flow. */
  public static FitOptions of(FlowRecipe recipe) {
    return builder(recipe).build();
  }

  /**
   * Returns how a flow is trained by likelihood under these options.
   *
   * @param rows to train on
   * @param spec of the flow
   * @param validates whether there are rows to validate on
   */
  public TrainerConfig training(int rows, FlowSpec spec, boolean validates) {
    double seconds = timeBudget == null ? 0 : timeBudget.toNanos() * 1e-9;
    return steps == 0
        ? recipe.openEndedTraining(rows, spec.dim(), spec.context(), validates, seconds, seed)
        : recipe
            .tableTraining(rows, spec.dim(), spec.context(), validates, seed)
            .withSteps(steps)
            .withTimeLimit(seconds);
  }

  /** The same for a table of which something else is said. */
  public FitOptions withColumns(TableOptions said) {
    return new FitOptions(
        recipe, objective, said, validation, noise, steps, timeBudget, seed, threads, listeners);
  }

  /** Begins with the defaults for a flow. */
  public static Builder builder(FlowRecipe recipe) {
    return new Builder(recipe);
  }

  /** Begins with the defaults for a flow of one specification, whose moments are replaced. */
  public static Builder builder(FlowSpec spec) {
    return new Builder(FlowRecipe.of(spec));
  }

  /** {@link FitOptions} in the making. Each method changes one value and returns this builder. */
  public static final class Builder {
    private final FlowRecipe recipe;
    private TrainingObjective objective = TrainingObjective.of(TrainingObjective.Kind.LIKELIHOOD);
    private TableOptions columns = TableOptions.standard();
    private double validation = 0.1;
    private String noise = "0";
    private long steps;
    private @Nullable Duration timeBudget;
    private boolean timed;
    private long seed;
    private int threads = Runtime.getRuntime().availableProcessors();
    private List<TrainingListener> listeners = List.of();

    private Builder(FlowRecipe recipe) {
      this.recipe = recipe;
    }

    /** Sets what the flow is trained by; likelihood, the default, or matching. */
    public Builder objective(TrainingObjective by) {
      objective = by;
      return this;
    }

    /** Sets the columns that the others are conditioned on. */
    public Builder context(String... names) {
      columns = columns.withGiven(List.of(names));
      return this;
    }

    /** Sets what is said of the table's columns; those that are given already stay so. */
    public Builder columns(TableOptions said) {
      columns = said.given().isEmpty() ? said.withGiven(columns.given()) : said;
      return this;
    }

    /** Sets the part of the rows to stop early by. */
    public Builder validation(double part) {
      validation = part;
      return this;
    }

    /** Sets the noise in training, in standard deviations of each column. */
    public Builder noise(double deviations) {
      noise = Double.toString(deviations);
      return this;
    }

    /** Sets the noise in training, as {@link FitOptions#noise} says it. */
    public Builder noise(String width) {
      noise = width;
      return this;
    }

    /** Sets the noise in training by Scott's rule. */
    public Builder scottNoise() {
      noise = Smoothing.SCOTT;
      return this;
    }

    /** Sets the steps of training at most; 0, the default, for an open end. */
    public Builder steps(long most) {
      steps = most;
      return this;
    }

    /** Sets the time after which training ends; {@link Duration#ZERO} for no limit. */
    public Builder timeBudget(Duration most) {
      timed = true;
      timeBudget = most.isZero() ? null : most;
      return this;
    }

    /** Sets the seed. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** Sets how many threads compute at most. */
    public Builder threads(int most) {
      threads = most;
      return this;
    }

    /** Sets who is told of the training. */
    public Builder listeners(TrainingListener... told) {
      listeners = List.of(told);
      return this;
    }

    /**
     * Returns the options.
     *
     * @throws FjordException INVALID_CONFIGURATION, naming the value
     */
    public FitOptions build() {
      Duration budget = timed ? timeBudget : steps == 0 ? TIME_BUDGET : null;
      return new FitOptions(
          recipe, objective, columns, validation, noise, steps, budget, seed, threads, listeners);
    }
  }
}
