package org.fjordflow.ode;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reverse sweep through single steps of an explicit Runge-Kutta method. With Y_i = y + h sum_j a_ij
 * k_j, k_i = f(t + c_i h, Y_i) and the cotangent L of the step's end,
 *
 * <pre>
 *   kBar_i = h (b_i L + sum_(j > i) a_ji YBar_j),   YBar_i = (df/dy)^T kBar_i,   L += sum_i YBar_i
 * </pre>
 *
 * <p>(Hairer, Lubich and Wanner, Geometric Numerical Integration, VI.2, in other letters). Stages
 * that were not kept are recomputed with the arithmetic of the forward step, so that they are equal
 * to its own.
 */
final class StepAdjoint {
  private final Tableau tableau;
  private final DifferentiableOdeSystem system;
  private final Span span;
  private final int stages;
  private final @Nullable Linearization[] linearizations;
  // The derivative of each stage; on the way back, once used, its place takes YBar of the stage.
  private final double[][] slopes;
  private final double[] stageState;
  private final double[] slopeBar;
  private double startTimeGradient;
  private double endTimeGradient;
  private long count;

  StepAdjoint(Tableau tableau, DifferentiableOdeSystem system, Span span) {
    this.tableau = tableau;
    this.system = system;
    this.span = span;
    this.stages = tableau.solutionStages();
    this.linearizations = new Linearization[stages];
    this.slopes = new double[stages][system.dimension()];
    this.stageState = new double[system.dimension()];
    this.slopeBar = new double[system.dimension()];
  }

  /** Returns the sum over the steps so far of the derivative with respect to the span's start. */
  double startTimeGradient() {
    return startTimeGradient;
  }

  /** Returns the sum over the steps so far of the derivative with respect to the span's end. */
  double endTimeGradient() {
    return endTimeGradient;
  }

  /** Returns the number of stages that were swept back so far. */
  long pullbacks() {
    return count;
  }

  /**
   * Goes back through one step.
   *
   * @param s start of the step
   * @param length its length
   * @param state state at its start. Not modified
   * @param kept linearizations of its stages, closed here, or null to recompute them
   * @param cotangent cotangent of its end, turned into that of its start. Modified
   */
  void reverse(
      double s,
      double length,
      double[] state,
      @Nullable Linearization @Nullable [] kept,
      double[] cotangent) {
    try {
      if (kept == null) {
        linearize(s, length, state);
      } else {
        restore(kept);
      }
      for (int i = stages - 1; i >= 0; i--) {
        reverseStage(i, s, length, cotangent);
      }
      for (int i = 0; i < stages; i++) {
        add(1, slopes[i], cotangent);
      }
    } finally {
      for (int i = stages - 1; i >= 0; i--) {
        close(i);
      }
    }
  }

  private void linearize(double s, double length, double[] state) {
    for (int i = 0; i < stages; i++) {
      setStageState(i, span.direction() * length, state);
      double time = span.time(s + length * tableau.c(i));
      Linearization linearization = system.linearize(time, stageState);
      linearizations[i] = linearization;
      linearization.derivative(slopes[i]);
    }
  }

  private void restore(@Nullable Linearization[] kept) {
    System.arraycopy(kept, 0, linearizations, 0, stages);
    for (int i = 0; i < stages; i++) {
      @Nullable Linearization linearization = linearizations[i];
      if (linearization != null) {
        linearization.derivative(slopes[i]);
      }
    }
  }

  private void reverseStage(int i, double s, double length, double[] cotangent) {
    double h = span.direction() * length;
    Arrays.fill(slopeBar, 0);
    add(h * tableau.b(i), cotangent, slopeBar);
    for (int j = i + 1; j < stages; j++) {
      add(h * tableau.a(j, i), slopes[j], slopeBar);
    }
    @Nullable Linearization linearization = linearizations[i];
    if (linearization == null || isZero(slopeBar)) {
      Arrays.fill(slopes[i], 0);
      close(i);
      return;
    }
    // The step is h = eta (t1 - t0) and the stage is at t0 + theta (t1 - t0).
    double perInterval = Cotangents.dot(slopes[i], slopeBar) / (span.end() - span.start());
    count++;
    double timeBar = linearization.pullback(slopeBar, slopes[i]);
    linearization.accumulateGradient(1);
    double theta = (s + length * tableau.c(i)) / span.length();
    startTimeGradient += (1 - theta) * timeBar - perInterval;
    endTimeGradient += theta * timeBar + perInterval;
    close(i);
  }

  /** Sums in the order of the forward step, but a stage at a time, which the JVM vectorises. */
  private void setStageState(int i, double h, double[] state) {
    Arrays.fill(stageState, 0);
    for (int j = 0; j < i; j++) {
      add(tableau.a(i, j), slopes[j], stageState);
    }
    for (int d = 0; d < state.length; d++) {
      stageState[d] = state[d] + h * stageState[d];
    }
  }

  private void close(int i) {
    @Nullable Linearization linearization = linearizations[i];
    linearizations[i] = null;
    if (linearization != null) {
      linearization.close();
    }
  }

  private static void add(double factor, double[] x, double[] y) {
    if (factor != 0) {
      for (int d = 0; d < x.length; d++) {
        y[d] += factor * x[d];
      }
    }
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
