package org.fjordflow.ode.internal.step;

import org.fjordflow.ode.internal.parts.PartLinearization;

/**
 * What a Runge-Kutta solve hands its steps to as it makes them: for the way back, for dense output,
 * or for the quadrature of the continuous adjoint. While {@link #isKeeping}, stages are linearized
 * and handed over too.
 */
public interface StepKeeper {
  /** Returns whether stages are to be linearized. Parts may end it on their threads. */
  default boolean isKeeping() {
    return false;
  }

  /** Makes room for another attempt; then says whether its stages are to be linearized. */
  default boolean prepare() {
    return isKeeping();
  }

  /** Takes the instants of an evaluation at the start, or of an attempt, over. */
  default void begin(StageInstants instants) {
    throw new IllegalStateException("keeps no stages");
  }

  /** Takes a linearization over; parts may do so at the same time. */
  default void add(int part, int stage, PartLinearization linearization) {
    throw new IllegalStateException("keeps no stages");
  }

  /** The stages that were begun are evaluated. */
  default void settle() {}

  /** An evaluation at a start is about to be made; one that is there is not used. */
  default void starting() {}

  /** The evaluation at the start is done; what follows are attempts. */
  default void started() {}

  /** The attempt was rejected. */
  default void reject() {}

  /**
   * The attempt was accepted.
   *
   * @param batch what made it, which still stands at its start
   * @param s start of the step, from 0 to the length of its segment
   * @param length its length
   * @return whether the arrays of the parts' states at its start are kept, and not to be used again
   */
  boolean accept(PartBatch batch, double s, double length);

  /** A segment of the route ends; the steps that follow are of the next one. */
  default void endSegment() {}
}
