package org.fjordflow.ode;

/** The value of f(t, y; theta) at one point, with its reverse-mode derivative there. */
public interface Linearization extends AutoCloseable {
  /**
   * Copies the value.
   *
   * @param yDot receives f(t, y). Modified
   */
  void derivative(double[] yDot);

  /**
   * Pulls a cotangent of f back to the state and to time.
   *
   * @param cotangent cotangent of f(t, y). Not modified, and not to be kept: what {@link
   *     #accumulateGradient} needs of it is copied or already reduced
   * @param yBar overwritten with (df/dy)^T cotangent. Modified; another array than cotangent
   * @return cotangent . df/dt
   */
  double pullback(double[] cotangent, double[] yBar);

  /**
   * Adds weight times (df/dtheta)^T cotangent, for the cotangent of the last {@link #pullback}, to
   * the system's own gradient accumulators. Called at most once after a pull-back, possibly after
   * other linearizations of the system were made, pulled back and closed.
   *
   * @param weight factor of the addition, of any sign
   */
  void accumulateGradient(double weight);

  /** Returns the memory held until this is closed, in bytes. */
  long bytes();

  /** Gives buffers back. Linearizations are closed in any order, each once. */
  @Override
  void close();
}
