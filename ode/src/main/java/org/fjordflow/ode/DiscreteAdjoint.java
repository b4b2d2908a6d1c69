package org.fjordflow.ode;

/**
 * The gradient of the numerical solution itself: goes back through the accepted steps, recomputing
 * each one's stages from its start. Exact for the steps taken, whatever the tolerance; only the
 * dependence of the step sizes on the state is held fixed. Keeps the state at the start of every
 * accepted step, and on the way back one linearization per stage of a single step.
 */
public record DiscreteAdjoint() implements Adjoint {
  @Override
  public Recording forward(
      SolverConfig config,
      DifferentiableOdeSystem system,
      double startTime,
      double[] initialState,
      double endTime) {
    Span span = new Span(startTime, endTime);
    StepStore steps = new StepStore();
    Solution solution = OdeSolver.solve(config, StageField.of(system), span, initialState, steps);
    return new DiscreteRecording(config.method().tableau(), system, span, steps, solution);
  }
}
