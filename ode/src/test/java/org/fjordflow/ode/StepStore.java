package org.fjordflow.ode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.ode.internal.hipparchus.HipparchusSolve;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.fjordflow.ode.internal.step.KeptSteps;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.RungeKuttaRun;
import org.fjordflow.ode.internal.step.SinglePart;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepRows;

/** Keeps start, length and initial state of accepted steps: what the way back starts from. */
final class StepStore {
  private double[] starts = new double[32];
  private double[] lengths = new double[32];
  private final List<double[]> states = new ArrayList<>();

  /** Solves and keeps the accepted steps. */
  static Solution solve(
      SolverConfig config, OdeSystem system, Span span, double[] y0, StepStore store) {
    if (!config.hasTableau()) {
      return HipparchusSolve.segment(
          config,
          system,
          span,
          y0,
          step ->
              store.accepted(step.start(), step.end() - step.start(), step.state(step.start())));
    }
    PartitionedOdeSystem parts = SinglePart.of(system);
    KeptSteps kept = new KeptSteps(parts.parts(), StepRows.of(config), 0);
    Route route = new Route(span.start(), span.end());
    Solution solution = RungeKuttaRun.solve(config, parts, route, y0, kept, null).end();
    for (int n = 0; n < kept.size(); n++) {
      KeptSteps.Step step = kept.step(n);
      double[] state = new double[system.dimension()];
      for (int part = 0; part < parts.parts(); part++) {
        parts.scatter(part, step.states()[part], state);
      }
      store.accepted(step.start(), step.length(), state);
    }
    return solution;
  }

  void accepted(double s, double length, double[] state) {
    int index = states.size();
    if (index == starts.length) {
      starts = Arrays.copyOf(starts, 2 * index);
      lengths = Arrays.copyOf(lengths, 2 * index);
    }
    starts[index] = s;
    lengths[index] = length;
    states.add(state);
  }

  int size() {
    return states.size();
  }

  double start(int index) {
    return starts[index];
  }

  double length(int index) {
    return lengths[index];
  }

  /** Returns the state at the start of a step; not to be modified. */
  double[] state(int index) {
    return states.get(index);
  }
}
