package org.fjordflow.core.flow;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/**
 * Numbers, one a row, that are exact or estimated without bias, with their variances. A bijection
 * that uses others adds and hands on estimates as they are; so it cannot lose a variance on the
 * way.
 *
 * @param value n x 1
 * @param variance of each value as an estimate over random probes, n values; null where all are
 *     exact or no variance is known. Not modified.
 */
@SuppressWarnings("ArrayRecordComponent") // variances are handed over, not compared
public record Estimate(Var value, double @Nullable [] variance) {

  /** Numbers that are exact. */
  public static Estimate exact(Var value) {
    return new Estimate(value, null);
  }

  /**
   * Sums with other numbers, of which the errors are independent.
   *
   * @param tape where the sums are made
   * @param other for the same rows
   */
  public Estimate plus(Tape tape, Estimate other) {
    return new Estimate(tape.add(value, other.value), added(variance, other.variance));
  }

  /**
   * Sums over groups of neighbouring rows, of which the errors are independent.
   *
   * @param tape where the sums are made
   * @param rows in a group; they divide the number of all rows
   * @return one sum a group, in order
   */
  public Estimate overGroups(Tape tape, int rows) {
    int groups = value.rows() / rows;
    double[] sums = variance == null ? null : new double[groups];
    for (int i = 0; sums != null && variance != null && i < variance.length; i++) {
      sums[i / rows] += variance[i];
    }
    return new Estimate(tape.rowSum(tape.reshape(value, groups, rows)), sums);
  }

  private static double @Nullable [] added(double @Nullable [] a, double @Nullable [] b) {
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
