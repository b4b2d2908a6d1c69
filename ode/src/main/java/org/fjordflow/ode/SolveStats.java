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
 * @param stepper what made the steps
 * @param stiffFrom time from which on the field seemed stiff: stability and not accuracy held the
 *     steps of an adaptive method down (Hairer and Wanner 1996, IV.2). NaN where none did; {@link
 *     #seemsStiff}
 */
public record SolveStats(
    long evaluations,
    long acceptedSteps,
    long rejectedSteps,
    double smallestStep,
    double largestStep,
    long nanos,
    Stepper stepper,
    double stiffFrom) {
  /** The statistics of doing nothing; neutral for {@link #plus}. */
  public static final SolveStats NONE = ofEvaluations(0);

  /**
   * Returns the statistics of evaluations without steps.
   *
   * @param evaluations their number
   */
  public static SolveStats ofEvaluations(long evaluations) {
    return new SolveStats(evaluations, 0, 0, 0, 0, 0, Stepper.NONE, Double.NaN);
  }

  /**
   * Returns whether stability held the steps down: an explicit method will take many more steps
   * than the solution needs, at any tolerance. Regularising the field helps, a looser tolerance
   * does not.
   */
  public boolean seemsStiff() {
    return !Double.isNaN(stiffFrom);
  }

  /**
   * Returns the statistics of this solve and another one together. What seemed stiff first is that
   * of this solve if it did.
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
        nanos + other.nanos,
        stepper.and(other.stepper),
        seemsStiff() ? stiffFrom : other.stiffFrom);
  }

  /** What made the steps of a solve. */
  public enum Stepper {
    /** Nothing: there was no step to make. */
    NONE,
    /** The stepper of this library, part by part. */
    PARTS,
    /** Hipparchus' own integrator. */
    HIPPARCHUS,
    /** In several solves, both. */
    BOTH;

    /** Returns what made the steps of two solves together. */
    Stepper and(Stepper other) {
      if (this == NONE || this == other) {
        return other;
      }
      return other == NONE ? this : BOTH;
    }
  }
}
