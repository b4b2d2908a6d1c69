package org.fjordflow.core.flow;

/** Counts what a pass cost; for continuous flows, evaluations of the field. */
public final class Work {

  private long forwardEvaluations;
  private long backwardEvaluations;
  private long acceptedSteps;
  private long rejectedSteps;
  private long stiffSolves;

  /** Creates counters at zero. */
  public Work() {}

  /** Counts a solve from input to output. */
  public void addForward(long evaluations, long accepted, long rejected) {
    forwardEvaluations += evaluations;
    acceptedSteps += accepted;
    rejectedSteps += rejected;
  }

  /** Counts the evaluations of a gradient. */
  public void addBackward(long evaluations) {
    backwardEvaluations += evaluations;
  }

  /** Counts a solve whose steps stability held down, and not accuracy. */
  public void addStiff() {
    stiffSolves++;
  }

  /** Counts all that another one counted. */
  public void add(Work other) {
    addForward(other.forwardEvaluations, other.acceptedSteps, other.rejectedSteps);
    addBackward(other.backwardEvaluations);
    stiffSolves += other.stiffSolves;
  }

  /** Returns the evaluations from input to output. */
  public long forwardEvaluations() {
    return forwardEvaluations;
  }

  /** Returns the evaluations for gradients. */
  public long backwardEvaluations() {
    return backwardEvaluations;
  }

  /** Returns the accepted steps from input to output. */
  public long acceptedSteps() {
    return acceptedSteps;
  }

  /** Returns the rejected steps from input to output. */
  public long rejectedSteps() {
    return rejectedSteps;
  }

  /**
   * Returns how many of the solves from input to output seemed stiff: they took more steps than
   * their accuracy asked for, at any tolerance. Zero means that none was noticed.
   */
  public long stiffSolves() {
    return stiffSolves;
  }
}
