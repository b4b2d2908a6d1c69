package org.fjordflow.ode.internal.step;

/** Searches for the components of a state that a status names. */
public final class Components {
  private Components() {}

  /** Returns the first component that is NaN, else the first infinite one, or -1. */
  public static int notFinite(double[] values) {
    return notFinite(values, 0, values.length);
  }

  /** The same for a part of the values, counted from its beginning. */
  static int notFinite(double[] values, int from, int to) {
    int infinite = -1;
    for (int i = from; i < to; i++) {
      if (!Double.isFinite(values[i])) {
        if (Double.isNaN(values[i])) {
          return i - from;
        }
        infinite = infinite < 0 ? i - from : infinite;
      }
    }
    return infinite;
  }

  /**
   * Returns the component of those measured whose derivative is largest in units of its tolerance,
   * or -1.
   */
  public static int worst(MeasuredGroups.Range[] ranges, double[] state, double[] derivative) {
    return worst(ranges, state, derivative, 0);
  }

  /** The same for arrays of which the components begin somewhere, counted from there. */
  static int worst(MeasuredGroups.Range[] ranges, double[] state, double[] derivative, int start) {
    int worst = -1;
    double largest = -1;
    for (MeasuredGroups.Range range : ranges) {
      for (int i = range.from(); i < range.to(); i++) {
        double tolerance = range.atol() + range.rtol() * Math.abs(state[start + i]);
        double size = Math.abs(derivative[start + i]) / Math.max(tolerance, Double.MIN_NORMAL);
        if (size > largest) {
          largest = size;
          worst = i;
        }
      }
    }
    return worst;
  }
}
