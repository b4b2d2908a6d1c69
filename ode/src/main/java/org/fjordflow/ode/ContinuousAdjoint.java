package org.fjordflow.ode;

import java.util.List;
import org.fjordflow.ode.internal.adjoint.ContinuousEventRecording;
import org.fjordflow.ode.internal.adjoint.ContinuousRecording;
import org.fjordflow.ode.internal.event.EventSearch;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.Span;
import org.jspecify.annotations.Nullable;

/**
 * The adjoint of FFJORD (Grathwohl et al. 2019, after Pontryagin): solves the state y and its
 * cotangent a together backwards in time, da/dt = -(df/dy)^T a, anew from each output time. It
 * keeps nothing of the forward solve but the states there; its gradient is that of the exact
 * solution and agrees with the numerical one only up to the tolerance.
 *
 * <p>The gradient of the parameters is a quadrature of a^T df/dtheta over the accepted steps: with
 * a Runge-Kutta method's own weights, at no further evaluation; after a step of another method by
 * Gauss and Legendre at points of the step's interpolant, which are as many evaluations: half the
 * order of a multistep method or of an integrator that is brought, rounded up, and 2 more than that
 * for extrapolation. It is no part of the error norm, and rejected steps cost it nothing. For the
 * error norm the cotangent is scaled by a power of two to a root mean square near 1, so that the
 * absolute tolerance means the same whatever the scale of the loss; the paper's code does not.
 *
 * @param backwardConfig how to solve backwards, or null to solve as forwards
 */
public record ContinuousAdjoint(@Nullable SolverConfig backwardConfig) implements Adjoint {
  /** Creates the adjoint that solves backwards as forwards. */
  public ContinuousAdjoint() {
    this(null);
  }

  /** Does nothing: every method can be used, forwards and back. */
  @Override
  public void requireSupports(SolverConfig config) {
    // The adjoint equation is solved like any other.
  }

  @Override
  public Recording.OfTrajectory forward(
      SolverConfig config,
      DifferentiableOdeSystem system,
      double startTime,
      double[] initialState,
      double[] outputTimes) {
    Route route = new Route(startTime, outputTimes);
    Trajectory trajectory =
        new OdeSolver(config).solve(system, startTime, initialState, outputTimes);
    SolverConfig backward = backwardConfig == null ? config : backwardConfig;
    return new ContinuousRecording(backward, system, route, initialState.clone(), trajectory);
  }

  @Override
  public Recording.OfEvents forward(
      SolverConfig config,
      DifferentiableOdeSystem system,
      double startTime,
      double[] initialState,
      double latestTime,
      List<Event> events) {
    EventSearch search = new EventSearch(events);
    Span span = new Span(startTime, latestTime);
    EventSolution solution = OdeSolver.solve(config, system, span, initialState, search);
    SolverConfig backward = backwardConfig == null ? config : backwardConfig;
    return new ContinuousEventRecording(
        backward, system, startTime, initialState.clone(), search, solution);
  }
}
