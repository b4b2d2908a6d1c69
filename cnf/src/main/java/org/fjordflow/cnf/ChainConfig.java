package org.fjordflow.cnf;

import org.fjordflow.core.model.internal.ConfigChecks;

/**
 * The blocks of a continuous flow: flows in sequence, each of a field of its own.
 *
 * @param blocks how many there are
 * @param endTime end time of each; the initial one where it is trained
 * @param trainEndTime whether each block's end time is trained
 */
public record ChainConfig(int blocks, double endTime, boolean trainEndTime) {

  /**
   * Checks the ranges.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if there is no block, or the
   *     end time is not positive and finite
   */
  public ChainConfig {
    ConfigChecks.require(blocks >= 1, "blocks", blocks, "at least 1");
    ConfigChecks.require(
        endTime > 0 && endTime < Double.POSITIVE_INFINITY, "endTime", endTime, "positive, finite");
  }
}
