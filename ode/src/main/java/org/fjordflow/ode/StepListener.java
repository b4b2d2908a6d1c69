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
}
