package org.fjordflow.inference.simulation;

import java.time.Duration;
import java.util.List;
import java.util.function.UnaryOperator;
import org.fjordflow.core.model.EmbeddingConfig;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.model.FlowRecipe;

/**
 * How a {@link PosteriorEstimator} is trained. {@link #standard} has the defaults.
 *
 * @param recipe which flow, conditional on the observation; {@link #splineFlow} unless another is
 *     wanted
 * @param members flows that are trained, each from other initial weights and validated on other
 *     simulations; the posterior is their mixture. At least 1
 * @param validation part of the simulations that each is validated on, above 0 and below 1
 * @param dropsFailed whether simulations with NaN are left out; else they are an error. A posterior
 *     of those that are left is that of parameters given that a simulation does not fail
 * @param timeBudget after which the training of a member ends
 * @param seed the same seed gives the same estimator
 * @param threads how many threads compute at most, the caller's among them
 * @param listeners told of the training of each member, in this order
 */
public record PosteriorOptions(
    FlowRecipe recipe,
    int members,
    double validation,
    boolean dropsFailed,
    Duration timeBudget,
    long seed,
    int threads,
    List<TrainingListener> listeners) {

  private static final int MEMBERS = 5;

  /**
   * Checks every value.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION, naming the value
   */
  public PosteriorOptions {
    listeners = List.copyOf(listeners);
    ConfigChecks.require(members >= 1, "members", members, "at least 1");
    ConfigChecks.require(
        validation > 0 && validation < 1, "validation", validation, "above 0 and below 1");
    ConfigChecks.require(
        !timeBudget.isNegative() && !timeBudget.isZero(),
        "timeBudget",
        timeBudget,
        "a positive time");
    ConfigChecks.require(threads >= 1, "threads", threads, "at least 1");
  }

  /** Five spline flows, a tenth of the simulations to validate on, at most ten minutes each. */
  public static PosteriorOptions standard() {
    return new PosteriorOptions(
        splineFlow(),
        MEMBERS,
        0.1,
        false,
        Duration.ofMinutes(10),
        0,
        Runtime.getRuntime().availableProcessors(),
        List.of());
  }

  /**
   * The default: linear regression of the parameters on the observation, then an autoregressive
   * neural spline flow (Durkan et al. 2019) of what is left, given the observation.
   */
  public static FlowRecipe splineFlow() {
    return new SplineFlow(SplineFlow.STEPS, UnaryOperator.identity());
  }

  /** The same with another flow. */
  public PosteriorOptions withRecipe(FlowRecipe other) {
    return new PosteriorOptions(
        other, members, validation, dropsFailed, timeBudget, seed, threads, listeners);
  }

  /** The same with a network that observations go through first, trained with the flow. */
  public PosteriorOptions withEmbedding(EmbeddingConfig network) {
    return withRecipe(recipe.withEmbedding(network));
  }

  /** The same with so many flows. */
  public PosteriorOptions withMembers(int count) {
    return new PosteriorOptions(
        recipe, count, validation, dropsFailed, timeBudget, seed, threads, listeners);
  }

  /** The same with simulations that failed left out. */
  public PosteriorOptions withoutFailed() {
    return new PosteriorOptions(
        recipe, members, validation, true, timeBudget, seed, threads, listeners);
  }

  /** The same with another time for each member. */
  public PosteriorOptions withTimeBudget(Duration most) {
    return new PosteriorOptions(
        recipe, members, validation, dropsFailed, most, seed, threads, listeners);
  }

  /** The same with another seed. */
  public PosteriorOptions withSeed(long value) {
    return new PosteriorOptions(
        recipe, members, validation, dropsFailed, timeBudget, value, threads, listeners);
  }

  /** The same with another number of threads. */
  public PosteriorOptions withThreads(int most) {
    return new PosteriorOptions(
        recipe, members, validation, dropsFailed, timeBudget, seed, most, listeners);
  }

  /** The same with others told of the training. */
  public PosteriorOptions withListeners(TrainingListener... told) {
    return new PosteriorOptions(
        recipe, members, validation, dropsFailed, timeBudget, seed, threads, List.of(told));
  }
}
