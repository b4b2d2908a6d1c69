package org.fjordflow.core.flow;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/**
 * What a bijection made of its input.
 *
 * @param value n x dim
 * @param logDet log |det| of the Jacobian of each row's transformation, n x 1; null where the pass
 *     did not ask for it
 * @param logDetVariance variance of {@code logDet} as an estimate, one value a row; null where it
 *     is exact or not known
 */
@SuppressWarnings("ArrayRecordComponent") // variances are handed over, not compared
public record Transformed(Var value, @Nullable Var logDet, double @Nullable [] logDetVariance) {

  /** A transformation whose log-determinant is exact. */
  public static Transformed exact(Var value, @Nullable Var logDet) {
    return new Transformed(value, logDet, null);
  }

  /**
   * This transformation followed by another one: log-determinants and variances add up.
   *
   * @param tape where the sum is made
   * @param next what was made of {@link #value}
   */
  Transformed then(Tape tape, Transformed next) {
    Var sum = logDet == null || next.logDet == null ? null : tape.add(logDet, next.logDet);
    return new Transformed(next.value, sum, addVariances(logDetVariance, next.logDetVariance));
  }

  private static double @Nullable [] addVariances(double @Nullable [] a, double @Nullable [] b) {
    if (a == null || b == null) {
      return a == null ? b : a;
    }
    double[] sum = a.clone();
    for (int i = 0; i < sum.length; i++) {
      sum[i] += b[i];
    }
    return sum;
  }
}
