package org.fjordflow.discrete.internal;

/** Log-scales of affine maps, which stay within a bound. */
public final class LogScales {

  /** The c of {@link #bounded}. */
  public static final double BEND = 0.125;

  private LogScales() {}

  /**
   * Returns {@code r / (1 - c + sqrt(c^2 + (r / bound)^2))} with c = 1/8: r near zero, and within
   * the bound everywhere.
   *
   * @param r any number
   * @param bound positive
   */
  public static double bounded(double r, double bound) {
    double t = r / bound;
    return r / (1 - BEND + Math.sqrt(BEND * BEND + t * t));
  }
}
