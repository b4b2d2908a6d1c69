package org.fjordflow.ode.internal.event;

/** A step that has been tried, to search for events in it. */
public interface TriedStep {
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

  /**
   * Returns the state a little beyond the end of the step of this length, to first order.
   *
   * @param length length of a step whose end was asked for last
   * @param more how far beyond it
   */
  double[] beyond(double length, double more);

  /** Returns an approximation of {@link #end}, at no evaluation. */
  double[] inner(double length);
}
