package org.fjordflow.ode.internal.adjoint;

import java.util.Arrays;
import org.fjordflow.ode.AdjointGradient;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.SolveStats;
import org.fjordflow.ode.internal.step.Route;

/** Gathers the derivatives with respect to the start and the output times of a route. */
final class RouteGradient {
  private final Route route;
  private final double[] times;

  RouteGradient(Route route) {
    this.route = route;
    this.times = new double[route.size() + 1];
  }

  /** Adds what acts through the ends of a segment. */
  void add(int segment, double start, double end) {
    times[segment] += start;
    times[segment + 1] += end;
  }

  /**
   * Adds the limit of short segments, y(t1) = y(t0) + (t1 - t0) f, for one of length zero; costs an
   * evaluation.
   *
   * @param state the state there. Not modified
   * @param cotangent its cotangent, that of later segments included. Not modified
   */
  void addEmpty(int segment, OdeSystem system, double[] state, double[] cotangent) {
    double[] derivative = new double[state.length];
    system.derivatives(route.segment(segment).end(), state, derivative);
    double slope = Cotangents.dot(cotangent, derivative);
    add(segment, -slope, slope);
  }

  /** Returns the whole gradient. */
  AdjointGradient with(double[] initialState, SolveStats stats) {
    double[] outputTimes = Arrays.copyOfRange(times, 1, times.length);
    return new AdjointGradient(initialState, times[0], outputTimes, stats);
  }
}
