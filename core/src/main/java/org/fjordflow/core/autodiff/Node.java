package org.fjordflow.core.autodiff;

import org.fjordflow.core.autodiff.internal.Gradients;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/** An operation on a tape that the reverse sweep passes. */
abstract class Node {

  /** Adds to the adjoints of the operands, given those of the results; skips where none came. */
  abstract void reverse();

  /** Computes anew what was not kept for {@link #reverse}; called in the order of operations. */
  void restore() {}

  /**
   * Adds to parameter gradients what {@link #reverse} left to be added.
   *
   * @param weight factor
   * @param sums where to, or null for the parameters' own gradients
   */
  void accumulate(double weight, @Nullable Gradients sums) {}

  static Matrix target(Parameter parameter, @Nullable Gradients sums) {
    return sums == null ? parameter.gradient() : sums.of(parameter);
  }
}
