package org.fjordflow.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.cnf.matching.FlowMatching;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.train.Schedule;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.model.images.ImageSpec;

/**
 * What a flow is trained by.
 *
 * @param kind likelihood, matching, or one after the other
 * @param matching paths, times and pairs of flow matching; without effect for likelihood
 * @param finishing part of the steps and of the time that is left for likelihood behind matching,
 *     above 0 and below 1
 * @param finishingRate learning rate of likelihood behind matching, as a factor of the other one,
 *     positive
 */
public record TrainingObjective(
    Kind kind, FlowMatching.Options matching, double finishing, double finishingRate) {

  private static final double FINISHING = 0.5;
  private static final double FINISHING_RATE = 0.5;

  /** Decay of the moving average of parameters that are matched. */
  private static final double AVERAGE = 0.999;

  /** The objectives that there are. */
  public enum Kind {
    /** The log-density of data: a continuous flow is solved at every step. */
    LIKELIHOOD("likelihood"),
    /** The velocities of paths: nothing is solved. For one continuous flow of one block. */
    MATCHING("matching"),
    /** Matching first, then likelihood from there. */
    MATCHING_LIKELIHOOD("matching+likelihood");

    private final String id;

    Kind(String id) {
      this.id = id;
    }

    /** Returns the name used in configurations, such as {@code matching+likelihood}. */
    @JsonValue
    public String id() {
      return id;
    }

    /**
     * Finds a constant by its {@link #id()}.
     *
     * @throws FjordException INVALID_ARGUMENT if there is none, naming those there are
     */
    @JsonCreator
    public static Kind of(String id) {
      return Ids.find(values(), Kind::id, "objective", id);
    }
  }

  /**
   * Checks every value.
   *
   * @throws FjordException INVALID_CONFIGURATION, naming the value. Absent ones are told like wrong
   *     ones, since they come from files.
   */
  public TrainingObjective {
    ConfigChecks.require(kind != null, "kind", kind, "an objective");
    ConfigChecks.require(matching != null, "matching", matching, "an object");
    ConfigChecks.require(
        finishing > 0 && finishing < 1, "finishing", finishing, "above 0, below 1");
    ConfigChecks.require(
        finishingRate > 0 && finishingRate < Double.POSITIVE_INFINITY,
        "finishingRate",
        finishingRate,
        "positive, finite");
  }

  /** Returns an objective with the defaults of everything else. */
  public static TrainingObjective of(Kind kind) {
    return new TrainingObjective(kind, FlowMatching.Options.standard(), FINISHING, FINISHING_RATE);
  }

  /** The same with other paths, times or pairs of matching. */
  public TrainingObjective withMatching(FlowMatching.Options other) {
    return new TrainingObjective(kind, other, finishing, finishingRate);
  }

  /** The same with another part of the steps and the time, and another rate, for likelihood. */
  public TrainingObjective withFinishing(double part, double rate) {
    return new TrainingObjective(kind, matching, part, rate);
  }

  /** Returns whether a training begins by matching. */
  public boolean matches() {
    return kind != Kind.LIKELIHOOD;
  }

  /** Returns whether a training is finished by likelihood behind matching. */
  public boolean finishes() {
    return kind == Kind.MATCHING_LIKELIHOOD;
  }

  /**
   * Checks that all of a model is trained: noise of images that a flow draws is by likelihood.
   *
   * @throws FjordException INVALID_CONFIGURATION, saying what to do, for matching alone
   */
  public void requireTrains(FlowSpec model) {
    ImageSpec images = model.images();
    if (kind == Kind.MATCHING && images != null && images.variational() != null) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "variational dequantisation is trained by likelihood, and the objective is matching; finish by likelihood (matching+likelihood), or leave noise uniform");
    }
  }

  /**
   * Returns how a flow is trained that is otherwise trained by likelihood: with the moving average
   * of its parameters where it is matched, since the gradients of matching are noisier.
   *
   * @param usual for likelihood
   */
  public TrainerConfig adjusted(TrainerConfig usual) {
    return matches() && usual.averageDecay() == 0 ? usual.withAverage(AVERAGE) : usual;
  }

  /**
   * Returns how the first part is trained, which is all of it unless it is finished otherwise.
   *
   * @param whole how all of it is
   */
  public TrainerConfig first(TrainerConfig whole) {
    return finishes() ? part(whole, 1 - finishing) : whole;
  }

  /**
   * Returns how the last part is trained.
   *
   * @param whole how all of it is
   * @param seconds that the first part took; what it left of its time goes to the last one
   */
  public TrainerConfig last(TrainerConfig whole, double seconds) {
    TrainerConfig last = part(whole, finishing);
    double limit =
        whole.timeLimit() == 0 ? 0 : Math.max(last.timeLimit(), whole.timeLimit() - seconds);
    return last.withTimeLimit(limit)
        .withOptimizer(
            whole.optimizer().withLearningRate(finishingRate * whole.optimizer().learningRate()));
  }

  private static TrainerConfig part(TrainerConfig whole, double part) {
    long steps = Math.max(Math.min(1, whole.steps()), Math.round(part * whole.steps()));
    Schedule schedule =
        whole.schedule() instanceof Schedule.Cosine cosine
            ? new Schedule.Cosine(Math.max(1, Math.round(part * cosine.steps())), cosine.floor())
            : whole.schedule();
    return whole.withSteps(steps).withSchedule(schedule).withTimeLimit(part * whole.timeLimit());
  }
}
