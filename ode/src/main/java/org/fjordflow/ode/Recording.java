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
}
