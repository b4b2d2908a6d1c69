package org.fjordflow.cnf;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;

/**
 * A wanted standard error of log-densities, and how many probes it takes. A pilot with few probes
 * estimates the variance of every row; then each row is solved with as many new probes as it needs,
 * four or twice as many as that and so on, together with the rows that need as many. Rows that need
 * as many as there are dimensions get the exact trace.
 *
 * <p>What holds: where a row's estimates are nearly normal, the mean over rows of the variance is
 * at most the wanted standard error squared; a single row may be above it, and its reported
 * standard error says so. The pilot's own estimates are not used: a mean that was kept because its
 * spread looked small would be biased where estimates are skewed.
 *
 * @param standardError wanted for log-densities, in nats, positive
 * @param distribution of the probes
 * @param pilotProbes probes of the pilot, at least {@value #LEAST_PILOT}
 * @param mostProbes the most probes a row gets, at least {@value #FEWEST_PROBES}; below the number
 *     of dimensions it also rules out the exact trace, and rows may miss what is wanted
 */
public record WantedError(
    double standardError, ProbeDistribution distribution, int pilotProbes, int mostProbes) {

  /** Below this, a spread says too little about the variance. */
  public static final int LEAST_PILOT = 4;

  /** The fewest probes a row gets, so that its standard error means something. */
  public static final int FEWEST_PROBES = 4;

  private static final int USUAL_PILOT = 8;

  /**
   * Checks the numbers.
   *
   * @throws FjordException INVALID_CONFIGURATION if one is out of range
   */
  public WantedError {
    boolean fits = standardError > 0 && standardError < Double.POSITIVE_INFINITY;
    if (!fits || pilotProbes < LEAST_PILOT || mostProbes < FEWEST_PROBES) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          ("a wanted standard error of %s with %d probes in the pilot and at most %d; expected a"
                  + " positive number, at least %d and at least %d")
              .formatted(standardError, pilotProbes, mostProbes, LEAST_PILOT, FEWEST_PROBES));
    }
  }

  /**
   * A wanted standard error with Hadamard's probes, eight in the pilot and as many as it takes.
   *
   * @param standardError in nats
   */
  public static WantedError of(double standardError) {
    return new WantedError(
        standardError, ProbeDistribution.HADAMARD, USUAL_PILOT, Integer.MAX_VALUE);
  }

  /** The same with other probes. */
  public WantedError withDistribution(ProbeDistribution other) {
    return new WantedError(standardError, other, pilotProbes, mostProbes);
  }

  /** The same with another largest number of probes. */
  public WantedError withMostProbes(int most) {
    return new WantedError(standardError, distribution, pilotProbes, most);
  }

  /**
   * Scores rows.
   *
   * @param flows the flow evaluated with a divergence, such as {@code d ->
   *     model.withEvaluationDivergence(d).flow()}
   * @param x rows of data. Not modified.
   * @param context conditions, or {@link Context#none()}
   * @param random source of probes
   * @return log-densities with their standard errors, and how many probes each row got; the work is
   *     that of all solves, the pilot's among them
   * @throws FjordException as {@link Flow#score}
   */
  public ProbedLogDensity score(
      Function<Divergence, Flow> flows, double[][] x, Context context, RandomGenerator random) {
    int dim = flows.apply(new ExactTrace()).dim();
    int[] probes = new int[x.length];
    Work work = new Work();
    // With so few dimensions the pilot costs as much as the exact trace.
    if (dim > pilotProbes || dim > mostProbes) {
      Divergence pilot = new Hutchinson(distribution, pilot());
      LogDensity first = flows.apply(pilot).score(x, context, random);
      work.add(first.work());
      Arrays.setAll(probes, i -> count(first.standardError()[i], dim));
    }
    double[] logProb = new double[x.length];
    double[] errors = new double[x.length];
    Map<Integer, int[]> groups = new TreeMap<>();
    for (int count : probes) {
      groups.computeIfAbsent(
          count, c -> IntStream.range(0, probes.length).filter(i -> probes[i] == c).toArray());
    }
    groups.forEach(
        (count, rows) -> {
          Divergence divergence =
              count == 0 ? new ExactTrace() : new Hutchinson(distribution, count);
          double[][] own = Arrays.stream(rows).mapToObj(i -> x[i]).toArray(double[][]::new);
          LogDensity scores = flows.apply(divergence).score(own, context.select(rows), random);
          work.add(scores.work());
          for (int i = 0; i < rows.length; i++) {
            logProb[rows[i]] = scores.logProb()[i];
            errors[rows[i]] = scores.standardError()[i];
          }
        });
    return new ProbedLogDensity(new LogDensity(logProb, errors, work), probes);
  }

  /** Fewer than there are dimensions, wherever there is a pilot. */
  private int pilot() {
    return Math.min(pilotProbes, mostProbes);
  }

  /**
   * How many probes a row needs; zero for the exact trace.
   *
   * @param pilotError standard error of the row in the pilot
   */
  private int count(double pilotError, int dim) {
    // The variance is A (1 / k - 1 / population), and the pilot estimates A. Over pilots of p
    // nearly normal estimates, the mean of 1 / estimate is (p - 1) / (p - 3) / A.
    double remaining = 1 / distribution.population(dim);
    double ratio = Math.pow(standardError / pilotError, 2) * (pilot() - 3.0) / (pilot() - 1.0);
    double needed = 1 / (ratio * (1.0 / pilot() - remaining) + remaining);
    long count = FEWEST_PROBES;
    while (count < needed && count < mostProbes) {
      count *= 2;
    }
    count = Math.min(count, mostProbes);
    return count < dim ? (int) count : 0;
  }

  /**
   * Log-densities whose probes were chosen row by row.
   *
   * @param logDensity the log-densities
   * @param probes how many probes each row's is from, zero where the trace is exact
   */
  @SuppressWarnings("ArrayRecordComponent") // results are handed over, not compared
  public record ProbedLogDensity(LogDensity logDensity, int[] probes) {}
}
