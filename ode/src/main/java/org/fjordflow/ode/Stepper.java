package org.fjordflow.ode;

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
