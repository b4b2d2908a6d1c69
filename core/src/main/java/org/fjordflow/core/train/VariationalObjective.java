package org.fjordflow.core.train;

import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Pass;

/**
 * The loss to minimise where there are no data: the objective draws its own samples, such as those
 * of the flow that is trained.
 */
@FunctionalInterface
public interface VariationalObjective {

  /**
   * Computes the loss of a step. All randomness has to come from the pass, so that a resumed
   * training draws what the uninterrupted one would have drawn.
   *
   * @param pass tape, source of samples, probes and noise, purpose, and counters
   * @param samples how many to draw: the configured batch size
   * @return 1 x 1, a mean over samples
   * @throws org.fjordflow.base.FjordException NON_FINITE or SOLVE_FAILED where it cannot be
   *     computed at the present parameters: training then rolls back
   */
  Var loss(Pass pass, int samples);
}
