package org.fjordflow.ode;

/** A step that has been tried, to search for events in it. */
interface TriedStep {
  /** Returns its length. */
  double length();

  /**
   * Returns the time of a place in the step.
   *
   * @param length length from the start of the step to the place
   */
  double time(double length);

  /**
   * Returns the state at the end of a step of this length, which then is the one that has been
   * tried.
   *
   * @param length up to the length of the step
   */
  double[] end(double length);

  /** Returns an approximation of the same, at no evaluation. */
  double[] inner(double length);
}
