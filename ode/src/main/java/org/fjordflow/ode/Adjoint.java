package org.fjordflow.ode;

import java.util.List;
import org.fjordflow.ode.internal.adjoint.EndRecording;

/** A way to get the gradient of a function of the states of a solve. */
public sealed interface Adjoint permits DiscreteAdjoint, ContinuousAdjoint {
  /**
   * Solves from startTime to endTime and keeps what the gradient needs.
   *
   * @param config how to solve
   * @param system the differential equation
   * @param startTime time of the initial state
   * @param initialState the state there. Not modified
   * @param endTime time to solve to, before or after startTime
   * @return the solution, and the way back
   * @throws org.fjordflow.base.FjordException as {@link #requireSupports}
   */
  default Recording forward(
      SolverConfig config,
      DifferentiableOdeSystem system,
      double startTime,
      double[] initialState,
      double endTime) {
    double[] outputTimes = {endTime};
    return new EndRecording(forward(config, system, startTime, initialState, outputTimes));
  }

  /**
   * Solves from startTime through output times, as {@link OdeSolver#solve(OdeSystem, double,
   * double[], double[])} does, and keeps what the gradient needs.
   *
   * @param config how to solve
   * @param system the differential equation
   * @param startTime time of the initial state
   * @param initialState the state there. Not modified
   * @param outputTimes times whose states are wanted, in the order of the solve. Not modified
   * @return the states, and the way back through all of them
   * @throws org.fjordflow.base.FjordException with key INVALID_ARGUMENT if there is no output time,
   *     one is not finite, or they change direction
   */
  Recording.OfTrajectory forward(
      SolverConfig config,
      DifferentiableOdeSystem system,
      double startTime,
      double[] initialState,
      double[] outputTimes);

  /**
   * Solves from startTime until an event stops the solve, as {@link OdeSolver#solve(OdeSystem,
   * double, double[], double, List)} does, and keeps what the gradient needs.
   *
   * @param config how to solve
   * @param system the differential equation
   * @param startTime time of the initial state
   * @param initialState the state there. Not modified
   * @param latestTime time to solve to where no event stops the solve, before or after startTime
   * @param events what to look for. If several stop the solve together, gradients are those of the
   *     first in this list
   * @return the solution, and the way back
   */
  Recording.OfEvents forward(
      SolverConfig config,
      DifferentiableOdeSystem system,
      double startTime,
      double[] initialState,
      double latestTime,
      List<Event> events);

  /**
   * Checks that gradients can be had this way. Configurations call it when they are built, so that
   * it is known before anything is solved.
   *
   * @param config how the forward solve is solved
   * @throws org.fjordflow.base.FjordException with key INVALID_CONFIGURATION if they cannot, saying
   *     which methods and which adjoint can
   */
  void requireSupports(SolverConfig config);
}
