package org.fjordflow.ode;

import org.fjordflow.ode.internal.adjoint.Cotangents;

/** g(t, y) = w . y + a t - level, with a gradient for the level. */
final class PlaneEvent implements Event.Function {
  private final double[] normal;
  private final double rate;
  double level;
  double levelGradient;

  PlaneEvent(double[] normal, double rate, double level) {
    this.normal = normal;
    this.rate = rate;
    this.level = level;
  }

  @Override
  public double value(double t, double[] y) {
    return Cotangents.dot(normal, y) + rate * t - level;
  }

  @Override
  public double gradient(double t, double[] y, double[] yBar) {
    System.arraycopy(normal, 0, yBar, 0, normal.length);
    return rate;
  }

  @Override
  public void accumulateGradient(double t, double[] y, double factor) {
    levelGradient -= factor;
  }
}
