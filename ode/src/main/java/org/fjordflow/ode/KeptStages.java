package org.fjordflow.ode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Linearizes the stages of a forward solve and keeps those of accepted steps, so that the way back
 * need not recompute them, until a budget of memory is spent. From then on, stages are only
 * evaluated.
 */
final class KeptStages implements StageField, StepListener, AutoCloseable {
  private final DifferentiableOdeSystem system;
  private final StepListener next;
  private final int stages;
  private final long budget;
  private final @Nullable Linearization[] pending;
  private final List<@Nullable Linearization[]> steps = new ArrayList<>();
  private long bytes;
  private boolean keeping;

  /**
   * Prepares for a solve.
   *
   * @param stages stages that the solution of a step depends on
   * @param budget bytes that linearizations may hold together
   * @param next told of accepted steps as well
   */
  KeptStages(DifferentiableOdeSystem system, int stages, long budget, StepListener next) {
    this.system = system;
    this.next = next;
    this.stages = stages;
    this.budget = budget;
    this.keeping = budget > 0;
    // One place more: the evaluation at the end of a step is the first stage of the next one.
    this.pending = new Linearization[stages + 1];
  }

  @Override
  public int dimension() {
    return system.dimension();
  }

  @Override
  public void derivatives(int stage, double t, double[] y, double[] yDot) {
    if (!keeping || stage < 0 || stage > stages) {
      system.derivatives(t, y, yDot);
      return;
    }
    release(pending, stage);
    Linearization linearization = system.linearize(t, y);
    pending[stage] = linearization;
    bytes += linearization.bytes();
    linearization.derivative(yDot);
    if (bytes > budget) {
      keeping = false;
      releaseAll(pending);
    }
  }

  @Override
  public void accepted(double s, double length, double[] state) {
    next.accepted(s, length, state);
    if (!keeping) {
      return;
    }
    steps.add(Arrays.copyOf(pending, stages));
    Linearization end = pending[stages];
    Arrays.fill(pending, null);
    pending[0] = end;
  }

  /**
   * Hands over the linearizations of a step, once.
   *
   * @param step index of the accepted step
   * @return one per stage, to be closed by the caller; null if they were not kept or handed over
   *     before
   */
  @Nullable Linearization @Nullable [] take(int step) {
    if (step >= steps.size()) {
      return null;
    }
    @Nullable Linearization[] taken = steps.get(step);
    for (Linearization linearization : taken) {
      if (linearization == null) {
        return null;
      }
    }
    steps.set(step, new Linearization[stages]);
    return taken;
  }

  /** Closes what has not been handed over, and keeps nothing more. */
  @Override
  public void close() {
    keeping = false;
    releaseAll(pending);
    steps.forEach(this::releaseAll);
  }

  /** Closes what is left of the last step that was tried; called when the solve is over. */
  void finish() {
    keeping = false;
    releaseAll(pending);
  }

  private void releaseAll(@Nullable Linearization[] linearizations) {
    for (int i = 0; i < linearizations.length; i++) {
      release(linearizations, i);
    }
  }

  private void release(@Nullable Linearization[] linearizations, int i) {
    Linearization linearization = linearizations[i];
    linearizations[i] = null;
    if (linearization != null) {
      bytes -= linearization.bytes();
      linearization.close();
    }
  }
}
