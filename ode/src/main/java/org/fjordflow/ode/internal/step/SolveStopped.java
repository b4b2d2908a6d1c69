package org.fjordflow.ode.internal.step;

import org.fjordflow.ode.SolveStatus;

/** Carries the reason out of Hipparchus when a solve cannot go on; never leaves the package. */
public final class SolveStopped extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient SolveStatus status;

  public SolveStopped(SolveStatus status) {
    super(status.message(), null, false, false);
    this.status = status;
  }

  public SolveStatus status() {
    return status;
  }
}
