package org.fjordflow.inference;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.discrete.PlanarConfig;
import org.fjordflow.discrete.RadialConfig;
import org.fjordflow.discrete.SylvesterConfig;
import org.fjordflow.model.FlowRecipe;
import org.fjordflow.model.FlowSpec;
import org.jspecify.annotations.Nullable;

/**
 * How a posterior is fitted; {@link #standard} works for models as they come.
 *
 * @param flow family of the flow behind the affine map, such as a {@link
 *     org.fjordflow.model.Recipe}. Planar, radial and Sylvester layers make samples by their
 *     formulas, so they go from base to posterior
 * @param bound what is maximised
 * @param gradient the estimator of its gradient
 * @param samples draws of a step, at least those of the bound
 * @param learningRate of Adam, or 0 for that of the flow's recipe
 * @param steps the most steps of a training
 * @param timeLimit of all together
 * @param tolerance gains of the bound in nats, from one part of the training to the next, that
 *     count as none
 * @param starts searches for modes, from random points; with none the flow begins with a standard
 *     normal of the real numbers, as suits densities whose modes say little of them
 * @param start where a first one begins, or the standard normal is centred, in the user's units and
 *     the order of the names; null for a random point, or zeros
 * @param restarts trainings, with other initial values each, at most; a further one is made where
 *     Pareto's k is above its limit, and the one with the greatest bound is taken
 * @param annealing how a training begins with a flattened target, or null for the target from the
 *     start
 * @param draws for everything that is reported
 * @param seed of everything random
 * @param threads how many a call uses at most
 * @param progress what is told of trainings while they run, or null
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record VariationalOptions(
    FlowRecipe flow,
    Bound bound,
    Gradient gradient,
    int samples,
    double learningRate,
    int steps,
    Duration timeLimit,
    double tolerance,
    int starts,
    double @Nullable [] start,
    int restarts,
    @Nullable Annealing annealing,
    int draws,
    long seed,
    int threads,
    @Nullable Progress progress) {

  /** Follows trainings, on the thread that trains; what it throws ends them. */
  @FunctionalInterface
  public interface Progress {
    /**
     * Some 100 steps are over, none of them with a flattened target.
     *
     * @param steps of the training
     * @param seconds since the fit began, the search for modes included
     * @param bound its mean over these steps, with its error. At the end parameters are averaged,
     *     so that what is reported is mostly higher
     */
    void part(long steps, double seconds, Estimate bound);
  }

  /** Which estimator of a bound's gradient. */
  public enum Gradient {
    /**
     * Along the path of the draws alone: sticking the landing, or doubly reparametrised. Without
     * noise where the flow is the posterior.
     */
    PATH,
    /** The derivative of the bound's estimate, with the score of the flow. */
    TOTAL
  }

  /**
   * A start with the target's density to a power that grows to one.
   *
   * @param power the first one, in (0, 1]
   * @param steps until it is one
   */
  public record Annealing(double power, int steps) {
    /** Checks the ranges. */
    public Annealing {
      ConfigChecks.require(power > 0 && power <= 1, "power", power, "above 0 and at most 1");
      ConfigChecks.require(steps >= 1, "steps", steps, "at least 1");
    }

    double at(long step) {
      return step >= steps ? 1 : power + (1 - power) * step / steps;
    }
  }

  /**
   * Checks the ranges.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for a value outside its range
   */
  public VariationalOptions {
    ConfigChecks.require(
        samples >= bound.draws(), "samples", samples, "at least the bound's " + bound.draws());
    ConfigChecks.require(
        learningRate >= 0 && Double.isFinite(learningRate),
        "learningRate",
        learningRate,
        "0 or more");
    ConfigChecks.require(steps >= 0, "steps", steps, "0 or more");
    ConfigChecks.require(
        !timeLimit.isNegative() && !timeLimit.isZero(), "timeLimit", timeLimit, "above 0");
    ConfigChecks.require(tolerance >= 0, "tolerance", tolerance, "0 or more");
    ConfigChecks.require(starts >= 0, "starts", starts, "0 or more");
    ConfigChecks.require(restarts >= 1, "restarts", restarts, "at least 1");
    ConfigChecks.require(draws >= 100, "draws", draws, "at least 100");
    ConfigChecks.require(threads >= 1, "threads", threads, "at least 1");
    start = start == null ? null : start.clone();
  }

  /** Options that suit models as they come. */
  public static VariationalOptions standard() {
    return builder().build();
  }

  /** Begins with {@link #standard}. */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * The flow of so many real numbers: the affine map, then the family, in double precision.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if the family cannot have so
   *     few columns, naming those that can
   */
  FlowSpec spec(int dim) {
    FlowSpec family = flow.spec(dim, 0);
    List<BijectionConfig> parts = new ArrayList<>(List.of(new AffineConfig(dim)));
    for (BijectionConfig part : family.flow()) {
      boolean samples =
          part instanceof PlanarConfig
              || part instanceof RadialConfig
              || part instanceof SylvesterConfig;
      parts.add(samples ? new InverseConfig(part) : part);
    }
    return family.withFlow(parts).withMoments(null, null).withDtype(DType.FLOAT64.id());
  }

  /** Makes options; each method replaces one value and returns this. */
  public static final class Builder {

    private FlowRecipe flow = StandardFlow.INSTANCE;
    private Bound bound = Bound.elbo();
    private Gradient gradient = Gradient.PATH;
    private int samples = 128;
    private double learningRate;
    private int steps = 4000;
    private Duration timeLimit = Duration.ofSeconds(100);
    private double tolerance = 1e-3;
    private int starts = 4;
    private double @Nullable [] start;
    private int restarts = 1;
    private @Nullable Annealing annealing;
    private int draws = 20_000;
    private long seed;
    private int threads = Runtime.getRuntime().availableProcessors();
    private @Nullable Progress progress;

    private Builder() {}

    /** The family of the flow. */
    public Builder flow(FlowRecipe value) {
      flow = value;
      return this;
    }

    /** What is maximised. */
    public Builder bound(Bound value) {
      bound = value;
      samples = Math.max(samples, value.draws());
      return this;
    }

    /** The estimator of the gradient. */
    public Builder gradient(Gradient value) {
      gradient = value;
      return this;
    }

    /** Draws of a step. */
    public Builder samples(int value) {
      samples = value;
      return this;
    }

    /** The rate of Adam, or 0 for that of the flow. */
    public Builder learningRate(double value) {
      learningRate = value;
      return this;
    }

    /** The most steps of a training. */
    public Builder steps(int most) {
      steps = most;
      return this;
    }

    /** The most time for all together. */
    public Builder timeLimit(Duration most) {
      timeLimit = most;
      return this;
    }

    /** Gains in nats that count as none. */
    public Builder tolerance(double nats) {
      tolerance = nats;
      return this;
    }

    /** Searches for modes, from random points; 0 begins with a standard normal. */
    public Builder starts(int value) {
      starts = value;
      return this;
    }

    /** Where the first search begins, or the standard normal is centred, in the user's units. */
    public Builder start(double... values) {
      start = values.clone();
      return this;
    }

    /** The most trainings. */
    public Builder restarts(int most) {
      restarts = most;
      return this;
    }

    /** A start with the density to a power. */
    public Builder annealing(double power, int steps) {
      annealing = new Annealing(power, steps);
      return this;
    }

    /** Draws for everything that is reported. */
    public Builder draws(int value) {
      draws = value;
      return this;
    }

    /** The seed of everything random. */
    public Builder seed(long value) {
      seed = value;
      return this;
    }

    /** How many threads a call uses at most. */
    public Builder threads(int most) {
      threads = most;
      return this;
    }

    /** What is told of trainings while they run. */
    public Builder progress(Progress value) {
      progress = value;
      return this;
    }

    /**
     * Makes the options.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for a value outside its range
     */
    public VariationalOptions build() {
      return new VariationalOptions(
          flow,
          bound,
          gradient,
          samples,
          learningRate,
          steps,
          timeLimit,
          tolerance,
          starts,
          start,
          restarts,
          annealing,
          draws,
          seed,
          threads,
          progress);
    }
  }
}
