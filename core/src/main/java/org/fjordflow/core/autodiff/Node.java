package org.fjordflow.core.autodiff;

/** An operation on a tape that the reverse sweep passes. */
abstract class Node {

  /** Adds to the adjoints of the operands, given those of the results; skips where none came. */
  abstract void reverse();

  /**
   * Adds to parameter gradients what {@link #reverse} left to be added.
   *
   * @param weight factor
   */
  void accumulate(double weight) {}
}
