package org.fjordflow.ode.internal.hipparchus;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.ode.DenseSolution;
import org.fjordflow.ode.EventSolution;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.Trajectory;
import org.fjordflow.ode.internal.dense.Interpolant;
import org.fjordflow.ode.internal.dense.StoredSteps;
import org.fjordflow.ode.internal.event.EventSearch;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.Span;
import org.jspecify.annotations.Nullable;

/** Solves by integrators of Hipparchus, each of which works on the whole state. */
public final class HipparchusSolve {
  private HipparchusSolve() {}

  /** Solves through output times, anew from each. */
  public static Trajectory solve(SolverConfig config, OdeSystem system, Route route, double[] y0) {
    return SegmentedRun.solve(config, system, route, y0);
  }

  /** Solves and keeps the solution between the steps. */
  public static DenseSolution solveDense(
      SolverConfig config, OdeSystem system, Span span, double[] y0) {
    List<Interpolant> steps = new ArrayList<>();
    Solution end = segment(config, system, span, y0, steps::add);
    return new StoredSteps(span, end, steps);
  }

  /** Solves and looks for events on the dense output. */
  public static EventSolution solve(
      SolverConfig config, OdeSystem system, Span span, double[] y0, EventSearch events) {
    PolynomialSearch search = new PolynomialSearch(events, span);
    search.start(y0);
    Solution end = segment(config, system, span, y0, search);
    return new EventSolution(search.end(end), events.found());
  }

  /**
   * Solves from one end of an interval to the other.
   *
   * @param listener told of accepted steps, or null
   */
  public static Solution segment(
      SolverConfig config,
      OdeSystem system,
      Span span,
      double[] y0,
      @Nullable StepListener listener) {
    Solution nothing = span.solutionWithoutSteps(system.dimension(), y0);
    if (nothing != null) {
      return nothing;
    }
    Evaluator evaluator = new Evaluator(system, span, config);
    if (listener != null) {
      listener.begin(evaluator);
    }
    return new HipparchusRun(config, span, evaluator, listener).run(y0);
  }
}
