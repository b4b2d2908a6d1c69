package org.fjordflow.inference.simulation;

import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.model.FlowModel;

/**
 * The posterior of parameters given one observation, of a {@link PosteriorEstimator}, which it is
 * void without: closing that closes it. Any number of threads may use it.
 */
public final class Posterior {

  private final List<FlowModel> members;
  private final double[] given;
  private final List<String> remarks;

  Posterior(List<FlowModel> members, double[] given, List<String> remarks) {
    this.members = members;
    this.given = given;
    this.remarks = List.copyOf(remarks);
  }

  /** Returns what is to be said of the observation, a line each; none where it is among others. */
  public List<String> remarks() {
    return remarks;
  }

  /**
   * Draws parameters. Nothing is rejected, however near the posterior is to bounds of the prior.
   *
   * @param n how many
   * @param seed the same seed gives the same draws
   * @return n rows of the parameters by their names, in random order
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if n is negative; CLOSED
   */
  public Table sample(int n, long seed) {
    RandomStreams streams = new RandomStreams(seed);
    var random = streams.generator(Purpose.SAMPLES);
    int[] counts = new int[members.size()];
    int[] memberOf = new int[Math.max(0, n)];
    for (int i = 0; i < n; i++) {
      memberOf[i] = random.nextInt(counts.length);
      counts[memberOf[i]]++;
    }
    double[][][] drawn = new double[counts.length][][];
    for (int m = 0; m < counts.length; m++) {
      drawn[m] =
          members
              .get(m)
              .sample(
                  n < 0 ? n : counts[m],
                  Context.shared(given),
                  streams.generator(Purpose.SAMPLES, m + 1L));
    }
    int[] next = new int[counts.length];
    double[][] rows = new double[n][];
    Arrays.setAll(rows, i -> drawn[memberOf[i]][next[memberOf[i]]++]);
    return members.get(0).table(rows);
  }

  /**
   * Log-densities of parameters, negative infinity outside of bounds of the prior.
   *
   * @param parameters n x parameters, in the order of the prior. Not modified.
   * @return one a row, in nats, in the parameters' own units
   * @throws org.fjordflow.base.FjordException SHAPE_MISMATCH or NON_FINITE, naming row and column;
   *     CLOSED
   */
  public double[] logProb(double[][] parameters) {
    return logProb(members, parameters, Context.shared(given));
  }

  /** Log-densities of a mixture with equal weights. */
  static double[] logProb(List<FlowModel> members, double[][] parameters, Context given) {
    double[][] logs =
        members.stream().map(m -> m.logProb(parameters, given)).toArray(double[][]::new);
    double[] mixed = new double[parameters.length];
    for (int i = 0; i < mixed.length; i++) {
      int row = i;
      double most = Arrays.stream(logs).mapToDouble(log -> log[row]).max().orElseThrow();
      double sum = Arrays.stream(logs).mapToDouble(log -> Math.exp(log[row] - most)).sum();
      mixed[i] = most == Double.NEGATIVE_INFINITY ? most : most + Math.log(sum / logs.length);
    }
    return mixed;
  }
}
