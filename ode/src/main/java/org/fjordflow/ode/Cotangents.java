package org.fjordflow.ode;

import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;

/** What both adjoints do with cotangents. */
final class Cotangents {
  private Cotangents() {}

  /** Returns a copy after checking the length. */
  static double[] copy(double[] cotangent, int dimension) {
    if (cotangent.length != dimension) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "The cotangent has "
              + cotangent.length
              + " components, the state "
              + dimension
              + ": give as many as the state has.");
    }
    return cotangent.clone();
  }

  static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  /**
   * The gradient of a solve over an interval of length zero, by its limit: y(t1) = y0 + (t1 - t0)
   * f.
   */
  static AdjointGradient ofEmptySpan(
      OdeSystem system, double time, double[] state, double[] cotangent) {
    double[] derivative = new double[state.length];
    system.derivatives(time, state, derivative);
    double slope = dot(cotangent, derivative);
    return new AdjointGradient(cotangent, -slope, slope, new SolveStats(1, 0, 0, 0, 0, 0));
  }
}
