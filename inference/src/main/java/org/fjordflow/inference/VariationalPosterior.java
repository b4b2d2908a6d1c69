package org.fjordflow.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;

/**
 * A posterior as a flow, with draws, their importance weights, and what these say of it. Weights
 * are target over flow; means and the like use them smoothed ({@link ParetoSmoothing}).
 */
public final class VariationalPosterior implements AutoCloseable {

  /**
   * Why a training ended.
   *
   * @param reason for programs
   * @param text one line for people
   */
  public record End(Reason reason, String text) {
    /** What ended it. */
    public enum Reason {
      /** The bound gained no more than its standard error. */
      CONVERGED,
      /** All steps were made. */
      STEPS_MADE,
      /** The time limit was reached. */
      TIME_OVER,
      /** The flow was trained before, and is judged here. */
      NOT_TRAINED
    }
  }

  private final ParameterSpace space;
  private final FlowModel model;
  private final FreeTarget free;
  private final double[][] draws;
  private final double[] logWeights;
  private final ParetoSmoothing smoothing;
  private final Estimate elbo;
  private final Estimate logEvidence;
  private final End end;
  private final double seconds;

  private VariationalPosterior(
      TargetDensity target,
      FlowModel model,
      FreeTarget free,
      double[][] rows,
      double[] logWeights,
      End end,
      double seconds) {
    this.space = target.parameters();
    this.model = model;
    this.free = free;
    this.draws = free.constrain(rows);
    this.logWeights = logWeights;
    this.smoothing = ParetoSmoothing.of(logWeights);
    this.elbo = LogSums.mean(logWeights);
    this.logEvidence = LogSums.logMeanExp(logWeights);
    this.end = end;
    this.seconds = seconds;
  }

  /**
   * Judges a flow that was fitted before, such as a loaded one.
   *
   * @param target the density
   * @param model flow of its real numbers, float64; closed with the result
   * @param draws how many, at least 100
   * @param seed of the draws
   * @throws FjordException SHAPE_MISMATCH for a flow of another number of columns; NON_FINITE if
   *     the target is NaN or positive infinity at a draw
   */
  public static VariationalPosterior of(
      TargetDensity target, FlowModel model, int draws, long seed) {
    FreeTarget free = new FreeTarget(target, model.parameters().backend());
    if (model.dim() != free.dim()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "a flow of %d columns for %d real numbers".formatted(model.dim(), free.dim()));
    }
    End end = new End(End.Reason.NOT_TRAINED, "not trained here");
    return of(target, model, free, draws, seed, end, 0);
  }

  static VariationalPosterior of(
      TargetDensity target,
      FlowModel model,
      FreeTarget free,
      int draws,
      long seed,
      End end,
      double seconds) {
    RandomGenerator random = new RandomStreams(seed).generator(Purpose.SAMPLES);
    Sample sample = model.sampleAndLogProb(draws, Context.none(), random.nextLong());
    double[] logWeights = free.evaluate(FreeTarget.flatten(sample.rows(), free.dim())).value();
    for (int i = 0; i < draws; i++) {
      if (Double.isNaN(logWeights[i]) || logWeights[i] == Double.POSITIVE_INFINITY) {
        throw new FjordException(
            ErrorKey.NON_FINITE,
            "the target's log-density is %s at %s; expected a number, or negative infinity"
                .formatted(logWeights[i], free.describe(sample.rows()[i])));
      }
      logWeights[i] -= sample.logProb()[i];
    }
    return new VariationalPosterior(target, model, free, sample.rows(), logWeights, end, seconds);
  }

  /** Returns the names of the parameters' values. */
  public List<String> names() {
    return space.names();
  }

  /**
   * Returns the flow of the real numbers that stand for the parameters. It is closed with this; it
   * may be saved, and judged again by {@link #of(TargetDensity, FlowModel, int, long)}.
   */
  public FlowModel model() {
    return model;
  }

  /** Returns the evidence lower bound in nats: the mean of the log-weights. */
  public Estimate elbo() {
    return elbo;
  }

  /** Returns the log evidence by importance sampling: the log of the mean weight. */
  public Estimate logEvidence() {
    return logEvidence;
  }

  /**
   * Returns Pareto's k of the weights: above {@link ParetoSmoothing#LIMIT} nothing is reliable,
   * unless weights are all nearly equal, as {@link #isReliable} judges.
   */
  public double paretoK() {
    return smoothing.k();
  }

  /** Returns as many independent draws of the posterior as the weighted ones are worth. */
  public double effectiveSampleSize() {
    return 1 / Arrays.stream(smoothing.logWeights()).map(w -> Math.exp(2 * w)).sum();
  }

  /** Returns whether k is at most its limit, or what it is about is next to nothing. */
  public boolean isReliable() {
    return smoothing.isReliable();
  }

  /** Returns one line with what to try, where the result is not reliable. */
  public Optional<String> warning() {
    return isReliable()
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "Pareto k is %.2f, above %.1f, of a tail with %.2g of all weight: means, deviations and evidence are not reliable; try the flow nsf-ar, more steps, Bound.iwae(16), annealing or restarts, or other parameters of the model",
                smoothing.k(),
                ParetoSmoothing.LIMIT,
                smoothing.tailShare()));
  }

  /** Returns why training ended. */
  public End end() {
    return end;
  }

  /** Returns how long training and judging took, without the search for a mode. */
  public double seconds() {
    return seconds;
  }

  /** Returns the flow's draws, without weights, in the user's units. */
  public double[][] draws() {
    return draws.clone();
  }

  /** Returns the logarithms of the draws' weights, target over flow, not normalised. */
  public double[] logWeights() {
    return logWeights.clone();
  }

  /** Returns the logarithms of the smoothed weights, of sum one. */
  public double[] smoothedLogWeights() {
    return smoothing.logWeights().clone();
  }

  /**
   * Draws by their smoothed weights, with replacement (sampling importance resampling, Rubin 1987).
   *
   * @param n how many
   * @param seed of the choice
   * @return n rows in the user's units
   */
  public double[][] resampled(int n, long seed) {
    RandomGenerator random = new RandomStreams(seed).generator(Purpose.SAMPLES);
    double[] sums = new double[draws.length];
    double sum = 0;
    for (int i = 0; i < sums.length; i++) {
      sum += Math.exp(smoothing.logWeights()[i]);
      sums[i] = sum;
    }
    double[][] chosen = new double[n][];
    for (int i = 0; i < n; i++) {
      int at = Arrays.binarySearch(sums, random.nextDouble() * sum);
      chosen[i] = draws[Math.min(draws.length - 1, at < 0 ? -at - 1 : at)].clone();
    }
    return chosen;
  }

  /** Returns new draws of the flow, without weights, in the user's units. */
  public double[][] sample(int n, long seed) {
    return free.constrain(model.sampleAndLogProb(n, Context.none(), seed).rows());
  }

  /** Returns what the weighted draws say of each value. */
  public List<Marginal> summary() {
    return summary(names(), UnaryOperator.identity());
  }

  /**
   * Returns what the weighted draws say of quantities that depend on the parameters.
   *
   * @param quantities their names
   * @param of computes them from a draw in the user's units, which it may not modify
   * @throws FjordException SHAPE_MISMATCH if there are not as many as names
   */
  public List<Marginal> summary(List<String> quantities, UnaryOperator<double[]> of) {
    double[][] rows = Arrays.stream(draws).map(of).toArray(double[][]::new);
    for (double[] row : rows) {
      if (row.length != quantities.size()) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "%d quantities for the names %s".formatted(row.length, quantities));
      }
    }
    double[] weights = Arrays.stream(smoothing.logWeights()).map(Math::exp).toArray();
    List<Marginal> marginals = new ArrayList<>();
    for (int j = 0; j < quantities.size(); j++) {
      int column = j;
      double[] values = Arrays.stream(rows).mapToDouble(row -> row[column]).toArray();
      marginals.add(Marginal.of(quantities.get(j), values, weights));
    }
    return marginals;
  }

  /** Returns the result in a few lines. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "ELBO %s, log evidence %s, Pareto k %.2f, effective sample size %.0f of %d%n%s%n",
            elbo,
            logEvidence,
            smoothing.k(),
            effectiveSampleSize(),
            draws.length,
            end.text()));
    warning().ifPresent(line -> text.append(line).append(System.lineSeparator()));
    summary().forEach(marginal -> text.append(marginal).append(System.lineSeparator()));
    return text.toString();
  }

  @Override
  public void close() {
    model.close();
  }
}
