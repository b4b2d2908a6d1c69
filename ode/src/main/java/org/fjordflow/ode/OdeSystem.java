package org.fjordflow.ode;

/** An ordinary differential equation dy/dt = f(t, y) in float64. */
public interface OdeSystem {
  /** Returns the number of components of the state; zero is allowed. */
  int dimension();

  /**
   * Evaluates the right-hand side. Exceptions thrown here end a solve and reach its caller
   * unchanged.
   *
   * @param t time
   * @param y the state, {@link #dimension()} components. Not modified, and not to be kept: the
   *     array is reused
   * @param yDot receives f(t, y). Modified
   */
  void derivatives(double t, double[] y, double[] yDot);
}
