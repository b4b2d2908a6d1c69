package org.fjordflow.ode;

/** A solve through output times that can be differentiated. */
public interface TrajectoryRecording {
  /** Returns the forward solve, which may be a failure. */
  Trajectory trajectory();

  /**
   * Computes the gradient of a scalar that depends on the states at all output times. The gradient
   * with respect to the system's parameters is added to the system's own accumulators by {@link
   * Linearization#accumulateGradient}. May be called several times.
   *
   * @param cotangents derivative of the scalar with respect to the state at each output time. Not
   *     modified
   * @return the derivatives with respect to the initial state and all times
   * @throws org.fjordflow.base.FjordException with key SOLVE_FAILED if the forward solve, or a
   *     solve that this call needs, did not succeed; SHAPE_MISMATCH if there are not as many
   *     cotangents as output times, or one has another length than the state
   */
  AdjointGradient backward(double[][] cotangents);
}
