package org.fjordflow.ode.internal.adjoint;

import org.fjordflow.ode.AdjointGradient;
import org.fjordflow.ode.DifferentiableOdeSystem;
import org.fjordflow.ode.Event;
import org.fjordflow.ode.EventSolution;
import org.fjordflow.ode.Recording;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolveStats;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.Trajectory;
import org.fjordflow.ode.internal.event.EventSearch;
import org.fjordflow.ode.internal.step.Route;
import org.jspecify.annotations.Nullable;

/** A solve until an event, and the adjoint solve back from it. */
public final class ContinuousEventRecording implements Recording.OfEvents {
  private final SolverConfig backwardConfig;
  private final DifferentiableOdeSystem system;
  private final double startTime;
  private final double[] initialState;
  private final EventSearch search;
  private final EventSolution solution;

  public ContinuousEventRecording(
      SolverConfig backwardConfig,
      DifferentiableOdeSystem system,
      double startTime,
      double[] initialState,
      EventSearch search,
      EventSolution solution) {
    this.backwardConfig = backwardConfig;
    this.system = system;
    this.startTime = startTime;
    this.initialState = initialState;
    this.search = search;
    this.solution = solution;
  }

  @Override
  public EventSolution solution() {
    return solution;
  }

  @Override
  public AdjointGradient backward(double[] stateCotangent, double timeCotangent) {
    Solution end = solution.solution().orThrow();
    Cotangents.check(new double[][] {stateCotangent}, 1, system.dimension());
    @Nullable Event event = search.stoppedBy();
    if (event == null) {
      AdjointGradient gradient = toFixedTime(end, stateCotangent);
      return new AdjointGradient(
          gradient.initialState(),
          gradient.startTime(),
          gradient.endTime() + timeCotangent,
          gradient.stats());
    }
    double[] slope = new double[system.dimension()];
    system.derivatives(end.time(), end.state(), slope);
    EventGradient atEvent =
        EventGradient.at(
            event,
            end,
            search.secant(),
            stateCotangent,
            timeCotangent,
            slope,
            cotangent -> Cotangents.dot(cotangent, slope));
    AdjointGradient gradient = toFixedTime(end, atEvent.cotangent(stateCotangent));
    SolveStats stats = gradient.stats().plus(SolveStats.ofEvaluations(1));
    return new AdjointGradient(gradient.initialState(), gradient.startTime(), 0, stats);
  }

  private AdjointGradient toFixedTime(Solution end, double[] cotangent) {
    double[][] states = {end.state()};
    Trajectory trajectory = new Trajectory(new double[] {end.time()}, states, end);
    Route route = new Route(startTime, end.time());
    Recording.OfTrajectory recording =
        new ContinuousRecording(backwardConfig, system, route, initialState, trajectory);
    return new EndRecording(recording).backward(cotangent);
  }
}
