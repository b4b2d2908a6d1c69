package org.fjordflow.ode.internal.problems;

import org.fjordflow.ode.OdeSystem;

/** A right-hand side written as a formula. */
@FunctionalInterface
interface RightHandSide {

  /**
   * Evaluates the formula.
   *
   * @param t time
   * @param y the state. Not modified
   * @param yDot receives the derivative. Modified
   */
  void derivatives(double t, double[] y, double[] yDot);

  /** Returns the system of this formula. */
  default OdeSystem asSystem(int dimension) {
    return new OdeSystem() {
      @Override
      public int dimension() {
        return dimension;
      }

      @Override
      public void derivatives(double t, double[] y, double[] yDot) {
        RightHandSide.this.derivatives(t, y, yDot);
      }
    };
  }
}
