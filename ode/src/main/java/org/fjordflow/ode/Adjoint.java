package org.fjordflow.ode;

/** A way to get the gradient of a function of the end state of a solve. */
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
   */
  Recording forward(
      SolverConfig config,
      DifferentiableOdeSystem system,
      double startTime,
      double[] initialState,
      double endTime);
}
