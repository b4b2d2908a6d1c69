package org.fjordflow.inference;

import org.jspecify.annotations.Nullable;

/** Bounds of the steps of a part of a training, whose mean says more than each. */
final class BoundPart {

  static final int STEPS = 100;

  private final double[] bounds = new double[STEPS];
  private int count;

  /** Adds a step's bound; the mean of the part where this was its last step, else null. */
  @Nullable Estimate add(double bound) {
    bounds[count++] = bound;
    if (count < STEPS) {
      return null;
    }
    count = 0;
    return LogSums.mean(bounds);
  }
}
