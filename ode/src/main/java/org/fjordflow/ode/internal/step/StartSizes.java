package org.fjordflow.ode.internal.step;

/**
 * What the first step is estimated from: sums of squares at the start, in units of the tolerance.
 * The trial step leaves integrals out where positions tell enough: the derivative of integrals is
 * then taken to change in the proportion in which that of positions does.
 *
 * @param state of the state
 * @param slope of the derivative
 * @param positions of the derivative of what is no integral
 * @param components how many are summed
 */
record StartSizes(double state, double slope, double positions, int components) {
  /** Stands for a derivative that is not finite. */
  static final double ENORMOUS = 1e100;

  /** Positions tell how integrals change where they are at least this part of the derivative. */
  private static final double LEAST_SHARE = 0.01;

  /** Returns whether the trial step needs derivatives of integrals. */
  boolean needIntegrals() {
    double share = positions / slope;
    return !(share > LEAST_SHARE && share < 1);
  }

  /** Returns the length of the trial step. */
  double trial(StepControl control) {
    return control.trial(state / components, slope / components);
  }

  /**
   * Returns the length of the first step.
   *
   * @param trial length of the trial step
   * @param change sum of squares of the derivative's change over the trial step; without integrals
   *     where they are not needed
   */
  double firstStep(StepControl control, double trial, double change) {
    double whole = needIntegrals() ? change : change / (positions / slope);
    return control.estimate(trial, state / components, slope / components, whole / components);
  }
}
