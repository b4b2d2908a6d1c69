package org.fjordflow.core.train;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;

/** Judges the present parameters, on rows that are not trained on. */
@FunctionalInterface
public interface Validation {

  /**
   * Computes the loss.
   *
   * @param random source of probes, in the same state at every validation of a run, so that losses
   *     differ by the parameters alone
   * @return the loss, smaller is better
   * @throws org.fjordflow.base.FjordException NON_FINITE or SOLVE_FAILED where it cannot be
   *     computed at the present parameters: that counts as infinite
   */
  double loss(RandomGenerator random);

  /**
   * Minus the mean log-density in nats.
   *
   * @param flow the flow as it is to be judged; it may be solved otherwise than the one that is
   *     trained, with the exact trace for one, as long as it shares its parameters
   * @param data the rows, held. Not modified.
   */
  static Validation negativeLogLikelihood(Flow flow, Batch data) {
    double[][] rows = data.context();
    Context context = rows == null ? Context.none() : Context.of(rows);
    return random ->
        -Arrays.stream(flow.logProb(data.rows(), context, random)).average().orElseThrow();
  }
}
