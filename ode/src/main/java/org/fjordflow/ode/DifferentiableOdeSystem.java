package org.fjordflow.ode;

/** A differential equation whose right-hand side can be differentiated in reverse mode. */
public interface DifferentiableOdeSystem extends OdeSystem {
  /**
   * Evaluates f(t, y) and keeps what its pull-back needs. The adjoints hold few linearizations at a
   * time (one per stage of the method, or as many as a memory budget allows), and close every one
   * that they ask for.
   *
   * @param t time
   * @param y the state. Not modified, and not to be kept: the array is reused
   * @return the value and its pull-back; the caller closes it
   */
  Linearization linearize(double t, double[] y);
}
