package org.fjordflow.ode;

/** Carries the reason out of Hipparchus when a solve cannot go on; never leaves the package. */
final class SolveStopped extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final transient SolveStatus status;

  SolveStopped(SolveStatus status) {
    super(status.message(), null, false, false);
    this.status = status;
  }

  SolveStatus status() {
    return status;
  }
}
