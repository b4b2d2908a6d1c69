package org.fjordflow.discrete.internal.layers;

/** Roots of increasing functions of one variable. */
final class IncreasingRoot {

  /** Bisection alone needs no more than this for any two doubles. */
  private static final int MOST_STEPS = 2200;

  /** A function with its derivative. */
  @FunctionalInterface
  interface Function {
    /**
     * Evaluates the function.
     *
     * @param derivative its derivative goes to element 0. Modified.
     */
    double at(double x, double[] derivative);
  }

  private IncreasingRoot() {}

  /**
   * Finds a root by Newton's steps within a bracket that shrinks, and halving where they leave it
   * or do not help, until no double lies in between or the function vanishes.
   *
   * @param f increasing
   * @param lower where f is not positive
   * @param upper where f is not negative
   * @return NaN if a bound is not finite
   */
  static double find(Function f, double lower, double upper) {
    if (!(Double.isFinite(lower) && Double.isFinite(upper))) {
      return Double.NaN;
    }
    double low = lower;
    double high = upper;
    double[] derivative = new double[1];
    double x = middle(low, high);
    double before = Double.POSITIVE_INFINITY;
    for (int step = 0; step < MOST_STEPS; step++) {
      double value = f.at(x, derivative);
      if (value == 0) {
        return x;
      }
      if (value < 0) {
        low = x;
      } else {
        high = x;
      }
      double next = x - value / derivative[0];
      boolean helps = next > low && next < high && Math.abs(value) < before / 2;
      before = Math.abs(value);
      if (!helps) {
        next = middle(low, high);
      }
      if (next == x || !(next > low && next < high)) {
        return x;
      }
      x = next;
    }
    return x;
  }

  private static double middle(double low, double high) {
    return low + (high - low) / 2;
  }
}
