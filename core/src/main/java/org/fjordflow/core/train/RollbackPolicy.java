package org.fjordflow.core.train;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * What to do about a step whose loss or gradient is not finite, or whose solve failed: its batch is
 * skipped, parameters and optimiser go back to the last snapshot (taken only of parameters whose
 * loss and gradient were finite), and the learning rate is lowered for good.
 *
 * @param limit rollbacks without a new snapshot in between after which training has diverged; 0
 *     makes the first one fatal
 * @param learningRateFactor factor of the learning rate at every rollback, in (0, 1]; a half, as
 *     most such failures come from steps that are too long
 * @param snapshotInterval steps between snapshots, at least 1; larger ones go further back, and a
 *     snapshot costs a copy of the parameters and the optimiser's state
 */
public record RollbackPolicy(int limit, double learningRateFactor, int snapshotInterval) {

  /**
   * Checks the ranges.
   *
   * @throws FjordException INVALID_ARGUMENT for a value outside its range
   */
  public RollbackPolicy {
    if (limit < 0 || !(learningRateFactor > 0 && learningRateFactor <= 1) || snapshotInterval < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a rollback policy of limit %d, learning rate factor %s and snapshots every %d steps; expected at least 0, above 0 and at most 1, and at least 1"
              .formatted(limit, learningRateFactor, snapshotInterval));
    }
  }

  /** Five rollbacks, half the learning rate at each, a snapshot every 10 steps. */
  public static RollbackPolicy standard() {
    return new RollbackPolicy(5, 0.5, 10);
  }
}
