package org.fjordflow.core.flow;

/** Counts what a pass cost; for continuous flows, evaluations of the field. */
public final class Work {

  private long forwardEvaluations;
  private long backwardEvaluations;
  private long acceptedSteps;
  private long rejectedSteps;

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

  /** Counts all that another one counted. */
  public void add(Work other) {
    addForward(other.forwardEvaluations, other.acceptedSteps, other.rejectedSteps);
    addBackward(other.backwardEvaluations);
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
}
