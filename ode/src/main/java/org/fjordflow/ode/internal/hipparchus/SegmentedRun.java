package org.fjordflow.ode.internal.hipparchus;

import java.util.Arrays;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolveStats;
import org.fjordflow.ode.SolveStatus;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.Trajectory;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.Span;

/** A solve through output times that starts anew behind each of them. */
final class SegmentedRun {
  private SegmentedRun() {}

  /**
   * Solves from one output time to the next, with one budget for all.
   *
   * @param initialState state at the start. Not modified
   */
  static Trajectory solve(
      SolverConfig config, OdeSystem system, Route route, double[] initialState) {
    double[][] states = new double[route.size()][];
    SolverConfig carried = config;
    SolveStats stats = SolveStats.NONE;
    double[] state = initialState;
    SolveStatus status = null;
    int reached = 0;
    while (reached < states.length) {
      Span span = route.segment(reached);
      long left = config.maxEvaluations() - stats.evaluations();
      if (left == 0 && span.length() > 0) {
        status = new SolveStatus(SolveStatus.Outcome.BUDGET_SPENT, span.start(), 0, -1, "");
        break;
      }
      SolverConfig own = carried.withMaxEvaluations(Math.max(1, left));
      Solution solution = HipparchusSolve.segment(own, system, span, state, null);
      stats = stats.plus(solution.stats());
      state = solution.state();
      status = solution.status();
      if (!status.isSuccess()) {
        break;
      }
      if (config instanceof SolverConfig.ByTolerance adaptive
          && solution.stats().acceptedSteps() > 0) {
        carried = adaptive.withFirstStep(solution.stats().largestStep());
      }
      states[reached] = state.clone();
      reached++;
    }
    if (status == null) {
      throw new IllegalStateException("a route without output times");
    }
    Solution end = new Solution(status.time(), state, stats, status);
    return new Trajectory(route.times(), Arrays.copyOf(states, reached), end);
  }
}
