package org.fjordflow.ode;

/** A solve until an event that can be differentiated. */
public interface EventRecording {
  /** Returns the forward solve, which may be a failure, and the events it met. */
  EventSolution solution();

  /**
   * Computes the gradient of a scalar that depends on the state where the solve ended and on the
   * time when. Both move with the event that stopped the solve, by the implicit function theorem:
   * with g(t, y(t)) = 0, dt = -(g_y . dy) / (g_t + g_y . f). If no event did, the end is the latest
   * time. The gradients with respect to the system's parameters and to the event function's are
   * added to their own accumulators. May be called several times.
   *
   * @param stateCotangent derivative of the scalar with respect to the state at the end. Not
   *     modified
   * @param timeCotangent derivative of the scalar with respect to the time of the end
   * @return the derivatives with respect to the initial state, the start, and the latest time (0 if
   *     an event stopped the solve)
   * @throws org.fjordflow.base.FjordException with key SOLVE_FAILED if the forward solve, or a
   *     solve that this call needs, did not succeed; SHAPE_MISMATCH for a cotangent of another
   *     length than the state; UNSUPPORTED if the event function has no derivatives; NON_FINITE if
   *     the event is tangential: g_t + g_y . f is zero there, and the time has no derivative
   */
  AdjointGradient backward(double[] stateCotangent, double timeCotangent);
}
