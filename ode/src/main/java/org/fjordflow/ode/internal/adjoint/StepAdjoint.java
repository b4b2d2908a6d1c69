package org.fjordflow.ode.internal.adjoint;

import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.fjordflow.ode.internal.step.KeptStages;
import org.fjordflow.ode.internal.step.KeptSteps;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StageInstants;
import org.fjordflow.ode.internal.step.StepRows;
import org.fjordflow.ode.internal.step.TimeGradient;
import org.jspecify.annotations.Nullable;

/** Reverse sweep of all parts through single steps, see {@link PartAdjoint}. */
final class StepAdjoint {
  private final PartitionedOdeSystem system;
  private final StepRows rows;
  private Span span;
  private final PartAdjoint[] parts;
  private TimeGradient timeGradient = new TimeGradient();
  private long count;

  /**
   * Prepares for a way back.
   *
   * @param cotangent cotangent of the last step's end. Not modified
   */
  StepAdjoint(PartitionedOdeSystem system, StepRows rows, Span span, double[] cotangent) {
    this.system = system;
    this.rows = rows;
    this.span = span;
    this.parts = new PartAdjoint[system.parts()];
    for (int part = 0; part < parts.length; part++) {
      parts[part] = new PartAdjoint(system, part, rows, cotangent);
    }
  }

  /** Goes on with the steps of the segment before. */
  void enter(Span before) {
    span = before;
    timeGradient = new TimeGradient();
  }

  /** Adds a cotangent of the state reached. */
  void add(double[] cotangent) {
    for (PartAdjoint part : parts) {
      part.add(cotangent);
    }
  }

  /** Returns what the steps of the segment so far give for its times. */
  TimeGradient timeGradient() {
    return timeGradient;
  }

  /** Returns the number of stages that were swept back so far, each with all its parts. */
  long pullbacks() {
    return count;
  }

  /** Returns the cotangent of the start of the last step gone through. */
  double[] cotangent() {
    double[] whole = new double[system.dimension()];
    for (PartAdjoint part : parts) {
      part.scatter(whole);
    }
    return whole;
  }

  private void recompute(KeptSteps.Step step, KeptStages kept, double h) {
    double[] places = rows.places(0, rows.stages() - 1, step.start(), step.length());
    try (StageInstants instants = new StageInstants(system, span, places, true)) {
      system.forEachPart(
          part -> {
            double[] state = step.states()[part];
            parts[part].recompute(instants.instants(), kept.of(part), h, state);
          });
      kept.reverse(timeGradient);
      instants.reverse(timeGradient);
    }
  }

  /**
   * Goes back through one step.
   *
   * @param stages linearizations that were kept, closed here, or null for none; the others are
   *     recomputed
   */
  void reverse(KeptSteps.Step step, @Nullable KeptStages stages) {
    double h = span.direction() * step.length();
    if (stages != null && stages.isWhole()) {
      try (stages) {
        system.forEachPart(part -> parts[part].restore(stages.of(part), h));
        stages.reverse(timeGradient);
      }
    } else {
      try (KeptStages kept =
          stages == null ? new KeptStages(parts.length, rows.stages()) : stages) {
        recompute(step, kept, h);
      }
    }
    for (int stage = rows.stages() - 1; stage >= 0; stage--) {
      double along = 0;
      boolean pulledBack = false;
      for (PartAdjoint part : parts) {
        along += part.alongSlope(stage);
        pulledBack |= part.pulledBack(stage);
      }
      timeGradient.addLength(along / (span.end() - span.start()));
      count += pulledBack ? 1 : 0;
    }
  }
}
