package org.fjordflow.cli.solvers;

import org.fjordflow.base.internal.Ids;

/** What is computed. */
public enum Mode {
  /** The end state of a solve; of a flow, with log-determinants. */
  FORWARD,
  /** A gradient by the discrete adjoint. */
  DISCRETE,
  /** A gradient by the continuous adjoint. */
  CONTINUOUS;

  /** Returns the name in files. */
  public String id() {
    return Ids.of(this);
  }
}
