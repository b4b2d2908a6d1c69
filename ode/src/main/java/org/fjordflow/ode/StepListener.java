package org.fjordflow.ode;

/** Is told of every accepted step, in order. */
@FunctionalInterface
interface StepListener {
  /**
   * Called after a step was accepted.
   *
   * @param s start of the step, from 0 to the length of the span
   * @param length length of the step, positive; exactly what the method computed with
   * @param state the state at the start of the step; the listener may keep but not modify it
   */
  void accepted(double s, double length, double[] state);

  /**
   * Called before the solve.
   *
   * @param evaluator through which further evaluations are made, so that they count
   */
  default void begin(Evaluator evaluator) {}

  /**
   * Called before {@link #accepted} for the same step, by methods that have no tableau.
   *
   * @param interpolant the solution between the ends of the step; may be kept
   */
  default void interpolated(Interpolant interpolant) {}
}
