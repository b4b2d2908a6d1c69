package org.fjordflow.ode;

/** A solve that can be differentiated. */
public interface Recording {
  /** Returns the end of the forward solve, which may be a failure. */
  Solution solution();

  /**
   * Computes the gradient of a scalar that depends on the end state. The gradient with respect to
   * the system's parameters is added to the system's own accumulators by {@link
   * Linearization#accumulateGradient}. May be called several times.
   *
   * @param finalStateCotangent derivative of the scalar with respect to the end state. Not modified
   * @return the derivatives with respect to the initial state and both times
   * @throws org.fjordflow.base.FjordException with key SOLVE_FAILED if the forward solve, or a
   *     solve that this call needs, did not succeed; SHAPE_MISMATCH for a cotangent of another
   *     length than the state
   */
  AdjointGradient backward(double[] finalStateCotangent);

  /** A solve through output times that can be differentiated. */
  interface OfTrajectory {
    /** Returns the forward solve, which may be a failure. */
    Trajectory trajectory();

    /**
     * Computes the gradient of a scalar that depends on the states at all output times. The
     * gradient with respect to the system's parameters is added to the system's own accumulators by
     * {@link Linearization#accumulateGradient}. May be called several times.
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

  /** A solve until an event that can be differentiated. */
  interface OfEvents {
    /** Returns the forward solve, which may be a failure, and the events it met. */
    EventSolution solution();

    /**
     * Computes the gradient of a scalar that depends on the state where the solve ended and on the
     * time when. Both move with the event that stopped the solve, by the implicit function theorem:
     * with g(t, y(t)) = 0, dt = -(g_y . dy) / (g_t + g_y . f). If no event did, the end is the
     * latest time. The gradients with respect to the system's parameters and to the event
     * function's are added to their own accumulators. May be called several times.
     *
     * @param stateCotangent derivative of the scalar with respect to the state at the end. Not
     *     modified
     * @param timeCotangent derivative of the scalar with respect to the time of the end
     * @return the derivatives with respect to the initial state, the start, and the latest time (0
     *     if an event stopped the solve)
     * @throws org.fjordflow.base.FjordException with key SOLVE_FAILED if the forward solve, or a
     *     solve that this call needs, did not succeed; SHAPE_MISMATCH for a cotangent of another
     *     length than the state; UNSUPPORTED if the event function has no derivatives; NON_FINITE
     *     if the event is tangential: g_t + g_y . f is zero there, and the time has no derivative
     */
    AdjointGradient backward(double[] stateCotangent, double timeCotangent);
  }
}
