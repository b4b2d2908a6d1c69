package org.fjordflow.ode.internal.adjoint;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/** What both adjoints do with cotangents. */
public final class Cotangents {
  private Cotangents() {}

  /** Checks that there is a cotangent for each output time, as long as the state. */
  public static void check(double[][] cotangents, int outputTimes, int dimension) {
    if (cotangents.length != outputTimes) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "There are "
              + cotangents.length
              + " cotangents for "
              + outputTimes
              + " output times: give one for each.");
    }
    for (double[] cotangent : cotangents) {
      if (cotangent.length != dimension) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "A cotangent has "
                + cotangent.length
                + " components, the state "
                + dimension
                + ": give as many as the state has.");
      }
    }
  }

  public static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }
}
