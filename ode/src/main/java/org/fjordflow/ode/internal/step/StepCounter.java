package org.fjordflow.ode.internal.step;

import org.fjordflow.ode.SolveStats;

/** Counts the accepted steps of one solve, and its time. */
public final class StepCounter {
  private final long startNanos = System.nanoTime();
  private long accepted;
  private double smallest;
  private double largest;

  public void accept(double length) {
    smallest = accepted == 0 ? length : Math.min(smallest, length);
    largest = Math.max(largest, length);
    accepted++;
  }

  /**
   * Returns the statistics.
   *
   * @param stiffFrom time from which on the field seemed stiff, or NaN
   */
  public SolveStats stats(
      long evaluations, long attempts, SolveStats.Stepper stepper, double stiffFrom) {
    return new SolveStats(
        evaluations,
        accepted,
        attempts - accepted,
        smallest,
        largest,
        System.nanoTime() - startNanos,
        stepper,
        stiffFrom);
  }

  public long accepted() {
    return accepted;
  }
}
