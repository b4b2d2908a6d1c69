package org.fjordflow.core.flow;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/**
 * What bijections want added to the loss of a training pass, such as the energy of a continuous
 * flow's paths. No part of any density; an objective adds the mean over rows to its loss.
 */
public final class Penalties {

  private @Nullable Var sum;

  /** Creates a sum of nothing. */
  public Penalties() {}

  /**
   * Adds a penalty.
   *
   * @param tape the pass's
   * @param penalty n x 1 for the n rows of the pass, in nats, with whatever factor it has
   */
  public void add(Tape tape, Var penalty) {
    sum = sum == null ? penalty : tape.add(sum, penalty);
  }

  /** Returns the sum of all that was added, n x 1, or null where nothing was. */
  public @Nullable Var sum() {
    return sum;
  }
}
