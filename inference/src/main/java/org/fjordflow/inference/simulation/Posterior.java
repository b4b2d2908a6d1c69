package org.fjordflow.inference.simulation;

import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
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
    if (n < 0) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, n + " draws; expected at least 0");
    }
    double[][] rows = new double[n][];
    Arrays.fill(rows, given);
    RandomGenerator random = new RandomStreams(seed).generator(Purpose.SAMPLES);
    return members.get(0).table(sample(members, rows, random));
  }

  /** One draw for each row of what is given, each of a member drawn at random. */
  static double[][] sample(List<FlowModel> members, double[][] given, RandomGenerator random) {
    int[] memberOf = random.ints(given.length, 0, members.size()).toArray();
    double[][] drawn = new double[given.length][];
    for (int m = 0; m < members.size(); m++) {
      int member = m;
      int[] own = IntStream.range(0, given.length).filter(i -> memberOf[i] == member).toArray();
      if (own.length > 0) {
        Context context =
            Context.of(Arrays.stream(own).mapToObj(i -> given[i]).toArray(double[][]::new));
        double[][] part = members.get(m).sample(own.length, context, random);
        for (int k = 0; k < own.length; k++) {
          drawn[own[k]] = part[k];
        }
      }
    }
    return drawn;
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
