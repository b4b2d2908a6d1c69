package org.fjordflow.ode;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** A scalar function g(t, y) whose changes of sign along a solution are events. */
@FunctionalInterface
public interface EventFunction {
  /**
   * Evaluates the function, which is continuous and has no sign of its own at its zeros.
   *
   * @param t time
   * @param y the whole state. Not modified, and not to be kept
   * @return g(t, y), finite
   */
  double value(double t, double[] y);

  /**
   * Differentiates the function; needed for gradients through an event.
   *
   * @param t time
   * @param y the whole state. Not modified, and not to be kept
   * @param yBar overwritten with dg/dy. Modified
   * @return dg/dt
   * @throws FjordException with {@link ErrorKey#UNSUPPORTED} unless implemented
   */
  default double gradient(double t, double[] y, double[] yBar) {
    throw new FjordException(
        ErrorKey.UNSUPPORTED,
        "This event function has no derivatives: implement EventFunction.gradient for gradients.");
  }

  /**
   * Adds factor times dg/dtheta to the accumulators of the function's own parameters. Does nothing
   * unless implemented: a function without parameters.
   *
   * @param t time
   * @param y the whole state. Not modified, and not to be kept
   * @param factor factor of the addition, of any sign
   */
  default void accumulateGradient(double t, double[] y, double factor) {
    // No parameters.
  }
}
