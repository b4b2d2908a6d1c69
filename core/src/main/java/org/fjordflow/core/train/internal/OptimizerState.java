package org.fjordflow.core.train.internal;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** What an optimiser remembers from step to step: averages of gradients and of their sizes. */
public final class OptimizerState {

  private final double[] first;
  private final double[] second;
  private long updates;

  /**
   * Creates a state, also a saved one.
   *
   * @param updates updates made so far
   * @param first running average of the gradient; held. Modified by updates.
   * @param second running size of the gradient; held. Modified by updates.
   * @throws FjordException SHAPE_MISMATCH if lengths differ, INVALID_ARGUMENT for a negative number
   */
  public OptimizerState(long updates, double[] first, double[] second) {
    if (first.length != second.length) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "an optimiser's state of " + first.length + " and " + second.length + " values");
    }
    if (updates < 0) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, updates + " updates; expected 0 or more");
    }
    this.updates = updates;
    this.first = first;
    this.second = second;
  }

  /** Returns the state before the first update of {@code size} parameters. */
  public static OptimizerState start(int size) {
    return new OptimizerState(0, new double[size], new double[size]);
  }

  /** Returns a copy that later updates leave alone. */
  public OptimizerState copy() {
    return new OptimizerState(updates, first.clone(), second.clone());
  }

  /** Returns the number of updates made. */
  public long updates() {
    return updates;
  }

  /** Returns the running average of the gradient; not a copy. */
  public double[] first() {
    return first;
  }

  /** Returns the running size of the gradient; not a copy. */
  public double[] second() {
    return second;
  }

  /**
   * Counts an update and returns its number, from 1, as the floating-point number it is used as.
   */
  public double count() {
    updates++;
    return (double) updates;
  }
}
