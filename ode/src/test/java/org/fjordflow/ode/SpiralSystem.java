package org.fjordflow.ode;

/**
 * dy/dt = [[a, -b], [b, a]] y, whose solution is exp(a t) times a rotation by b t. Its two
 * parameters commute, so that every gradient has a closed form as well.
 */
final class SpiralSystem extends CountingSystem {
  SpiralSystem(double a, double b) {
    super(2, new double[] {a, b});
  }

  @Override
  void field(double t, double[] y, double[] yDot) {
    yDot[0] = parameters[0] * y[0] - parameters[1] * y[1];
    yDot[1] = parameters[1] * y[0] + parameters[0] * y[1];
  }

  @Override
  double pull(double t, double[] y, double[] cotangent, double[] yBar) {
    yBar[0] = parameters[0] * cotangent[0] + parameters[1] * cotangent[1];
    yBar[1] = -parameters[1] * cotangent[0] + parameters[0] * cotangent[1];
    return 0;
  }

  @Override
  void pullParameters(double weight, double t, double[] y, double[] cotangent) {
    gradient[0] += weight * (cotangent[0] * y[0] + cotangent[1] * y[1]);
    gradient[1] += weight * (cotangent[1] * y[0] - cotangent[0] * y[1]);
  }

  /** Returns exp(A time) y. */
  double[] flow(double time, double[] y) {
    double size = Math.exp(parameters[0] * time);
    double cos = size * Math.cos(parameters[1] * time);
    double sin = size * Math.sin(parameters[1] * time);
    return new double[] {cos * y[0] - sin * y[1], sin * y[0] + cos * y[1]};
  }

  /** Returns exp(A^T time) c. */
  double[] transposedFlow(double time, double[] c) {
    double size = Math.exp(parameters[0] * time);
    double cos = size * Math.cos(parameters[1] * time);
    double sin = size * Math.sin(parameters[1] * time);
    return new double[] {cos * c[0] + sin * c[1], -sin * c[0] + cos * c[1]};
  }
}
