package org.fjordflow.ode;

/**
 * What a solve cost.
 *
 * @param evaluations evaluations of the right-hand side, every one: those of rejected steps and of
 *     the automatic choice of the first step included ("nfe")
 * @param acceptedSteps steps that were taken
 * @param rejectedSteps steps that were tried to their end and failed the error test
 * @param smallestStep smallest length of an accepted step, 0 where there was none
 * @param largestStep largest length of an accepted step, 0 where there was none
 * @param nanos wall-clock time in nanoseconds
 */
public record SolveStats(
    long evaluations,
    long acceptedSteps,
    long rejectedSteps,
    double smallestStep,
    double largestStep,
    long nanos) {
  /** The statistics of doing nothing; neutral for {@link #plus}. */
  public static final SolveStats NONE = new SolveStats(0, 0, 0, 0, 0, 0);

  /**
   * Returns the statistics of this solve and another one together.
   *
   * @param other statistics of the other solve
   */
  public SolveStats plus(SolveStats other) {
    double smallest;
    if (acceptedSteps == 0) {
      smallest = other.smallestStep;
    } else if (other.acceptedSteps == 0) {
      smallest = smallestStep;
    } else {
      smallest = Math.min(smallestStep, other.smallestStep);
    }
    return new SolveStats(
        evaluations + other.evaluations,
        acceptedSteps + other.acceptedSteps,
        rejectedSteps + other.rejectedSteps,
        smallest,
        Math.max(largestStep, other.largestStep),
        nanos + other.nanos);
  }
}
