package org.fjordflow.bench;

import org.fjordflow.ode.OdeSystem;

/** The system y' = -y. */
record Decay(int dimension) implements OdeSystem {
  @Override
  public void derivatives(double t, double[] y, double[] yDot) {
    negate(y, yDot);
  }

  static void negate(double[] y, double[] yDot) {
    for (int i = 0; i < y.length; i++) {
      yDot[i] = -y[i];
    }
  }
}
