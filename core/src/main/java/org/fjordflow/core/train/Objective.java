package org.fjordflow.core.train;

import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Pass;

/** The loss to minimise, of rows of data. */
@FunctionalInterface
public interface Objective {

  /**
   * Computes the loss of a batch.
   *
   * @param pass tape, source of probes and noise, purpose, and counters
   * @param batch the rows
   * @return 1 x 1, a mean over rows
   * @throws org.fjordflow.base.FjordException NON_FINITE or SOLVE_FAILED where it cannot be
   *     computed at the present parameters: training then rolls back
   */
  Var loss(Pass pass, Batch batch);
}
