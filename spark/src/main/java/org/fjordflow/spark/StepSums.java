package org.fjordflow.spark;

import java.io.Serial;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/** What some rows of a step add to its loss and gradient, in float64. */
final class StepSums implements Serializable {
  @Serial private static final long serialVersionUID = 1;

  private final double[] gradient;
  private double loss;
  private long rows;

  /** Why the loss could not be computed, where it could not. */
  private @Nullable String failure;

  StepSums(int parameters) {
    gradient = new double[parameters];
  }

  double[] gradient() {
    return gradient;
  }

  double loss() {
    return loss;
  }

  long rows() {
    return rows;
  }

  @Nullable String failure() {
    return failure;
  }

  void add(double sum, int count) {
    loss += sum;
    rows += count;
  }

  /** Rows whose loss could not be computed. */
  void fail(String reason, int count) {
    failure = failure == null ? reason : failure;
    rows += count;
  }

  StepSums plus(StepSums other) {
    loss += other.loss;
    rows += other.rows;
    failure = failure == null ? other.failure : failure;
    for (int i = 0; i < gradient.length; i++) {
      gradient[i] += other.gradient[i];
    }
    return this;
  }
}
