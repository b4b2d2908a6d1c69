package org.fjordflow.ode.internal.step;

/** How far a solve, or a row of one, is on its span, and what step it tries next. */
final class StepProgress {
  private double reached;
  // The length of the next step, but for an end in its way.
  private double next;

  /** Returns the place that is reached, from 0 to the length of the span. */
  double reached() {
    return reached;
  }

  /** Returns the length of the next step where no end is in its way. */
  double next() {
    return next;
  }

  /** Goes on from another place. */
  void moveTo(double place) {
    reached = place;
  }

  /** Begins with a length of step, within the bounds. */
  void begin(StepControl control, double length) {
    next = control.bounded(length);
  }

  /** Returns the length of the step to try. */
  double step(StepControl control) {
    return control.clip(reached, next);
  }

  /**
   * Chooses a shorter step after a rejected one.
   *
   * @param step length of that one
   * @param error norm of its error
   * @return whether there is one: it would not be below the smallest
   */
  boolean shorten(StepControl control, double step, double error) {
    return choose(control.shorter(step, error));
  }

  /**
   * Chooses the step that follows an accepted one, from where that one led to.
   *
   * @param step length of that one
   * @param error norm of its error
   * @return whether there is one: it would not be too small
   */
  boolean follow(StepControl control, double step, double error) {
    return choose(control.next(reached, step, error));
  }

  private boolean choose(double length) {
    if (length == 0) {
      return false;
    }
    next = length;
    return true;
  }
}
