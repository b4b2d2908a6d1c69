package org.fjordflow.ode.internal.parts;

/** A part of f(t, y) at one instant, evaluated so that it can be pulled back, once. */
public interface PartLinearization extends AutoCloseable {

  /**
   * Copies f(t, y).
   *
   * @param yDot receives the derivative of the part. Modified
   */
  void derivative(double[] yDot);

  /**
   * Multiplies a cotangent with the transposed Jacobian, and adds (df/dtheta)^T cotangent to the
   * system's gradients.
   *
   * @param cotangent components of the part. Not modified
   * @param yBar receives (df/dy)^T cotangent of the part. Modified
   */
  void pullback(double[] cotangent, double[] yBar);

  /** Returns the bytes that this evaluation holds until it is closed. */
  long bytes();

  /** Gives the memory back. */
  @Override
  void close();
}
