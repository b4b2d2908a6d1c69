package org.fjordflow.ode;

import org.fjordflow.ode.internal.method.Tableau;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.fjordflow.ode.internal.step.KeptSteps;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.RungeKuttaRun;
import org.fjordflow.ode.internal.step.SinglePart;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepRows;

/**
 * The numerical solution as a function of everything but its steps: applies the tableau to steps
 * whose relative places in the interval are held fixed. Written apart from the code under test.
 */
final class HeldSteps {
  private final Tableau tableau;
  private final Span span;
  private final StepStore steps;

  HeldSteps(SolverConfig config, OdeSystem system, Span span, double[] initialState) {
    this.tableau = StepRows.of(config).method().tableau();
    this.span = span;
    this.steps = new StepStore();
    StepStore.solve(config, system, span, initialState, steps).orThrow();
  }

  private HeldSteps(Tableau tableau, Span span, StepStore steps) {
    this.tableau = tableau;
    this.span = span;
    this.steps = steps;
  }

  /** Returns the steps that were taken in each segment of a route of which none is empty. */
  static HeldSteps[] of(
      SolverConfig config, DifferentiableOdeSystem system, Route route, double[] initialState) {
    PartitionedOdeSystem parts = SinglePart.of(system);
    StepRows rows = StepRows.of(config);
    KeptSteps kept = new KeptSteps(parts.parts(), rows, 0);
    RungeKuttaRun.solve(config, parts, route, initialState, kept, null).orThrow();
    HeldSteps[] held = new HeldSteps[route.size()];
    for (int i = 0; i < held.length; i++) {
      held[i] = of(config, route.segment(i), kept, kept.segmentEnd(i - 1), kept.segmentEnd(i));
    }
    return held;
  }

  /**
   * Returns some steps as those of an interval from the first one's start to the last one's end.
   */
  static HeldSteps of(SolverConfig config, Span span, KeptSteps kept, int from, int to) {
    StepStore steps = new StepStore();
    for (int n = from; n < to; n++) {
      double start = kept.step(n).start() - kept.step(from).start();
      steps.accepted(start, kept.step(n).length(), new double[0]);
    }
    return new HeldSteps(StepRows.of(config).method().tableau(), span, steps);
  }

  int count() {
    return steps.size();
  }

  /** Solves over another span with the steps at the same relative places. */
  double[] solve(OdeSystem system, Span other, double[] initialState) {
    double ratio = other.length() / span.length();
    double[] y = initialState.clone();
    int stages = tableau.solutionStages();
    double[][] slopes = new double[stages][y.length];
    for (int n = 0; n < steps.size(); n++) {
      double s = steps.start(n) * ratio;
      double length = steps.length(n) * ratio;
      for (int i = 0; i < stages; i++) {
        double[] stage = combine(y, other.direction() * length, slopes, i, i);
        system.derivatives(other.time(s + length * tableau.c(i)), stage, slopes[i]);
      }
      y = combine(y, other.direction() * length, slopes, stages, -1);
    }
    return y;
  }

  /** Returns y + h sum of the first slopes, weighted by a row of a, or by b for row -1. */
  private double[] combine(double[] y, double h, double[][] slopes, int count, int row) {
    double[] result = new double[y.length];
    for (int d = 0; d < y.length; d++) {
      double sum = 0;
      for (int j = 0; j < count; j++) {
        sum += slopes[j][d] * (row < 0 ? tableau.b(j) : tableau.a(row, j));
      }
      result[d] = y[d] + h * sum;
    }
    return result;
  }
}
