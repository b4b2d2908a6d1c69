package org.fjordflow.ode.internal.hipparchus;

import org.fjordflow.ode.internal.dense.Interpolant;

/** Is told of every step that an integrator of Hipparchus accepts, in order. */
@FunctionalInterface
public interface StepListener {
  /**
   * Called after a step was accepted.
   *
   * @param step the solution between the ends of the step; may be kept
   */
  void accepted(Interpolant step);

  /**
   * Called before the solve.
   *
   * @param evaluator through which further evaluations are made, so that they count
   */
  default void begin(Evaluator evaluator) {}
}
