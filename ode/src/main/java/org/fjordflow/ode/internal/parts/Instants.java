package org.fjordflow.ode.internal.parts;

import org.fjordflow.ode.OdeSystem;

/**
 * A {@link PartitionedOdeSystem} at given times. Methods that take a part may be called for
 * different parts at the same time, for one part by one thread at a time.
 */
public interface Instants extends AutoCloseable {

  /**
   * Evaluates a part of f(t, y).
   *
   * @param instant index of the time
   * @param part index of the part
   * @param integrals whether derivatives of {@linkplain OdeSystem.Group#integral integrals} are
   *     used; if not, any finite numbers may take their places
   * @param y components of the part. Not modified
   * @param yDot receives the derivative of the part. Modified
   */
  void derivatives(int instant, int part, boolean integrals, double[] y, double[] yDot);

  /**
   * Evaluates a part of f(t, y) and keeps what its pull-back needs.
   *
   * @param instant index of the time
   * @param part index of the part
   * @param integrals as for {@link #derivatives}; if not, their cotangents in the pull-back are
   *     zero
   * @param y components of the part. Not modified
   * @return the evaluation; the caller closes it
   */
  PartLinearization linearize(int instant, int part, boolean integrals, double[] y);

  /**
   * Finishes the way back, once, when all pull-backs at these instants are done: adds the gradient
   * of parameters that act through time alone to the system's gradients.
   *
   * @param timeBar receives, for each instant, the sum of cotangent . df/dt over its pull-backs.
   *     Modified
   */
  void reverse(double[] timeBar);

  /** Gives memory back; linearizations made here have been closed before. */
  @Override
  void close();
}
