package org.fjordflow.inference;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * A bound of the log evidence, of weights w = p(x) / q(x) of K draws: {@code log(mean of w^(1 -
 * alpha)) / (1 - alpha)}, and the mean of log w where alpha is one. Alpha 1 is the evidence lower
 * bound, 0 the importance-weighted bound (Burda, Grosse and Salakhutdinov 2016), others Renyi's (Li
 * and Turner 2016), which are no lower bounds below 0. The smaller alpha, the more of the target's
 * mass a flow covers.
 *
 * @param alpha finite
 * @param draws K, at least 1
 */
public record Bound(double alpha, int draws) {

  /**
   * Checks the ranges.
   *
   * @throws FjordException INVALID_CONFIGURATION for a value outside its range
   */
  public Bound {
    if (!Double.isFinite(alpha) || draws < 1) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a bound of alpha %s and %d draws; expected a finite number and at least 1"
              .formatted(alpha, draws));
    }
  }

  /** The evidence lower bound. */
  public static Bound elbo() {
    return new Bound(1, 1);
  }

  /** The importance-weighted bound of so many draws. */
  public static Bound iwae(int draws) {
    return new Bound(0, draws);
  }

  /** Renyi's bound. */
  public static Bound renyi(double alpha, int draws) {
    return new Bound(alpha, draws);
  }

  /**
   * The bound of a group of weights.
   *
   * @param logWeights Not modified.
   * @param from of the group's first
   */
  double of(double[] logWeights, int from) {
    if (alpha == 1) {
      double sum = 0;
      for (int i = from; i < from + draws; i++) {
        sum += logWeights[i];
      }
      return sum / draws;
    }
    double[] powers = powers(logWeights, from);
    return (LogSums.logSumExp(powers) - Math.log(draws)) / (1 - alpha);
  }

  /**
   * Derivatives of a group's bound by its log-weights.
   *
   * @param share takes them at the group's places. Modified.
   */
  void shares(double[] logWeights, int from, double[] share) {
    double[] powers = powers(logWeights, from);
    double sum = LogSums.logSumExp(powers);
    for (int i = 0; i < draws; i++) {
      share[from + i] = Math.exp(powers[i] - sum);
    }
  }

  /**
   * The factor of the path derivative of a log-weight: with it, the score of q drops out of the
   * gradient. It is 1 for the evidence lower bound (stick the landing, Roeder, Wu and Duvenaud
   * 2017), the square of the share for the importance-weighted one (doubly reparametrised, Tucker
   * et al. 2019), and between both for Renyi's.
   *
   * @param share of the draw
   */
  double pathFactor(double share) {
    return alpha * share + (1 - alpha) * share * share;
  }

  private double[] powers(double[] logWeights, int from) {
    double[] powers = new double[draws];
    for (int i = 0; i < draws; i++) {
      powers[i] = (1 - alpha) * logWeights[from + i];
    }
    return powers;
  }
}
