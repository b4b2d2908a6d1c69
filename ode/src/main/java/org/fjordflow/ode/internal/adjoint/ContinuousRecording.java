package org.fjordflow.ode.internal.adjoint;

import org.fjordflow.ode.AdjointGradient;
import org.fjordflow.ode.DifferentiableOdeSystem;
import org.fjordflow.ode.Recording;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolveStats;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.Trajectory;
import org.fjordflow.ode.internal.hipparchus.HipparchusSolve;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.RungeKuttaRun;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepRows;

/**
 * The states of a forward solve, and the adjoint solves back from one to the one before. Each
 * begins with the state of the forward solve, and with the length of step that the one before had.
 */
public final class ContinuousRecording implements Recording.OfTrajectory {
  private final SolverConfig config;
  private final DifferentiableOdeSystem system;
  private final Route route;
  private final double[] initialState;
  private final Trajectory trajectory;

  public ContinuousRecording(
      SolverConfig config,
      DifferentiableOdeSystem system,
      Route route,
      double[] initialState,
      Trajectory trajectory) {
    this.config = config;
    this.system = system;
    this.route = route;
    this.initialState = initialState;
    this.trajectory = trajectory;
  }

  @Override
  public Trajectory trajectory() {
    return trajectory;
  }

  @Override
  public AdjointGradient backward(double[][] cotangents) {
    trajectory.orThrow();
    int dimension = system.dimension();
    Cotangents.check(cotangents, route.size(), dimension);
    double[] cotangent = new double[dimension];
    RouteGradient times = new RouteGradient(route);
    SolveStats stats = SolveStats.NONE;
    SolverConfig carried = config;
    for (int segment = route.size() - 1; segment >= 0; segment--) {
      for (int i = 0; i < dimension; i++) {
        cotangent[i] += cotangents[segment][i];
      }
      double[] state = trajectory.states()[segment];
      if (route.segment(segment).length() == 0 || dimension == 0) {
        times.addEmpty(segment, system, state, cotangent);
        stats = stats.plus(SolveStats.ofEvaluations(1));
        continue;
      }
      SolveStats cost = backward(carried, segment, state, cotangent, times);
      stats = stats.plus(cost);
      if (config instanceof SolverConfig.ByTolerance adaptive) {
        carried = adaptive.withFirstStep(cost.largestStep());
      }
    }
    return times.with(cotangent, stats);
  }

  /**
   * Solves back through a segment.
   *
   * @param state the state at its end. Not modified
   * @param cotangent the cotangent at its end, becomes that at its start. Modified
   * @param times takes the gradient of its ends. Modified
   */
  private SolveStats backward(
      SolverConfig config, int segment, double[] state, double[] cotangent, RouteGradient times) {
    int dimension = cotangent.length;
    Span span = route.segment(segment);
    double scale = scale(cotangent);
    double[] augmented = new double[2 * dimension];
    System.arraycopy(state, 0, augmented, 0, dimension);
    for (int i = 0; i < dimension; i++) {
      augmented[dimension + i] = cotangent[i] / scale;
    }
    Span back = new Span(span.end(), span.start());
    Solution end;
    double factor = -back.direction() * scale;
    AdjointSystem adjoint = new AdjointSystem(system);
    if (config.hasTableau()) {
      Route route = new Route(back.start(), back.end());
      try (StageQuadrature quadrature = new StageQuadrature(StepRows.of(config), factor)) {
        end = RungeKuttaRun.solve(config, adjoint, route, augmented, quadrature, null).end();
      }
    } else {
      AdjointQuadrature quadrature = new AdjointQuadrature(adjoint, factor);
      end = HipparchusSolve.segment(config, adjoint, back, augmented, quadrature);
    }
    end.orThrow();
    double endTime = scale * adjoint.initialSlope();
    for (int i = 0; i < dimension; i++) {
      cotangent[i] = scale * end.state()[dimension + i];
    }
    double[] slope = new double[dimension];
    double[] start = segment == 0 ? initialState : trajectory.states()[segment - 1];
    system.derivatives(span.start(), start, slope);
    times.add(segment, -Cotangents.dot(cotangent, slope), endTime);
    return end.stats().plus(SolveStats.ofEvaluations(1));
  }

  /** Returns the power of two near the root mean square, so that scaling does not round. */
  private static double scale(double[] cotangent) {
    double meanSquare = Cotangents.dot(cotangent, cotangent) / Math.max(1, cotangent.length);
    boolean usable = meanSquare >= Double.MIN_NORMAL && meanSquare <= Double.MAX_VALUE;
    return usable ? Math.scalb(1.0, Math.getExponent(Math.sqrt(meanSquare))) : 1;
  }
}
