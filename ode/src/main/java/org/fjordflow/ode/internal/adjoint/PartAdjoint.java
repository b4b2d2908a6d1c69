package org.fjordflow.ode.internal.adjoint;

import java.util.Arrays;
import org.fjordflow.ode.internal.parts.Instants;
import org.fjordflow.ode.internal.parts.PartLinearization;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.fjordflow.ode.internal.step.KeptStages;
import org.fjordflow.ode.internal.step.LinearCombination;
import org.fjordflow.ode.internal.step.StepRows;
import org.jspecify.annotations.Nullable;

/**
 * Reverse sweep of one part through single steps of an explicit Runge-Kutta method. With Y_i = y +
 * h sum_j a_ij k_j, k_i = f(t + c_i h, Y_i) and the cotangent L of the step's end,
 *
 * <pre>
 *   kBar_i = h (b_i L + sum_(j > i) a_ji YBar_j),   YBar_i = (df/dy)^T kBar_i,   L += sum_i YBar_i
 * </pre>
 *
 * <p>(Hairer, Lubich and Wanner, Geometric Numerical Integration, VI.2, in other letters). Stages
 * that were not kept are recomputed with the arithmetic of the forward step, so that they are equal
 * to its own.
 */
final class PartAdjoint {
  private final PartitionedOdeSystem system;
  private final int part;
  private final StepRows rows;
  private final LinearCombination total;
  // The derivative of each stage; on the way back, once used, its place takes YBar of the stage.
  // The cotangent of the end follows them.
  private final double[][] slopes;
  private final double[] cotangent;
  private final double[] stageState;
  private final double[] slopeBar;
  private final double[] alongSlopes;
  private final boolean[] pulledBack;

  PartAdjoint(PartitionedOdeSystem system, int part, StepRows rows, double[] wholeCotangent) {
    this.system = system;
    this.part = part;
    this.rows = rows;
    int stages = rows.stages();
    int dimension = system.dimension(part);
    this.slopes = new double[stages + 1][dimension];
    this.cotangent = slopes[stages];
    this.stageState = new double[dimension];
    this.slopeBar = new double[dimension];
    this.alongSlopes = new double[stages];
    this.pulledBack = new boolean[stages];
    double[] ones = new double[stages + 1];
    Arrays.fill(ones, 1);
    this.total = new LinearCombination(ones);
    system.gather(part, wholeCotangent, cotangent);
  }

  /** Adds to the cotangent of the last step's start. */
  void add(double[] wholeCotangent) {
    system.gather(part, wholeCotangent, slopeBar);
    for (int d = 0; d < cotangent.length; d++) {
      cotangent[d] += slopeBar[d];
    }
  }

  /** Returns a stage's derivative . kBar of the last step. */
  double alongSlope(int stage) {
    return alongSlopes[stage];
  }

  /** Returns whether a stage of the last step was swept back: it is not if its kBar is zero. */
  boolean pulledBack(int stage) {
    return pulledBack[stage];
  }

  /** Copies the cotangent of the last step's start into the whole one. */
  void scatter(double[] wholeCotangent) {
    system.scatter(part, cotangent, wholeCotangent);
  }

  /**
   * Goes back through a step after recomputing the stages that were not kept.
   *
   * @param linearizations those that were kept, by stage; all are closed
   */
  void recompute(
      Instants instants, @Nullable PartLinearization[] linearizations, double h, double[] state) {
    int stages = rows.stages();
    try {
      for (int i = 0; i < stages; i++) {
        PartLinearization linearization = linearizations[i];
        if (linearization == null) {
          double[] at = state;
          if (i > 0) {
            rows.state(i).step(state, h, slopes, stageState);
            at = stageState;
          }
          linearization = instants.linearize(i, part, rows.weighs(i), at);
          linearizations[i] = linearization;
        }
        linearization.derivative(slopes[i]);
      }
      reverse(linearizations, h);
    } finally {
      for (int i = stages - 1; i >= 0; i--) {
        KeptStages.close(linearizations, i);
      }
    }
  }

  /** Goes back through a step whose linearizations were kept, and closes them. */
  void restore(@Nullable PartLinearization[] linearizations, double h) {
    for (int i = 0; i < rows.stages(); i++) {
      PartLinearization linearization = linearizations[i];
      if (linearization == null) {
        throw new IllegalStateException("stage " + i + " of part " + part + " was not kept");
      }
      linearization.derivative(slopes[i]);
    }
    reverse(linearizations, h);
  }

  private void reverse(@Nullable PartLinearization[] linearizations, double h) {
    for (int i = rows.stages() - 1; i >= 0; i--) {
      rows.cotangent(i).scaled(h, slopes, slopeBar);
      PartLinearization linearization = linearizations[i];
      pulledBack[i] = linearization != null && !isZero(slopeBar);
      if (linearization != null && pulledBack[i]) {
        alongSlopes[i] = Cotangents.dot(slopes[i], slopeBar);
        linearization.pullback(slopeBar, slopes[i]);
      } else {
        alongSlopes[i] = 0;
        Arrays.fill(slopes[i], 0);
      }
      KeptStages.close(linearizations, i);
    }
    total.scaled(1, slopes, slopeBar);
    System.arraycopy(slopeBar, 0, cotangent, 0, cotangent.length);
  }

  private static boolean isZero(double[] values) {
    for (double value : values) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }
}
