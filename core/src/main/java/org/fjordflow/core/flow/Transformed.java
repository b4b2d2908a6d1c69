package org.fjordflow.core.flow;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/**
 * What a bijection made of its input.
 *
 * @param value n x dim
 * @param logDet log |det| of the Jacobian of each row's transformation, with its variance where it
 *     is an estimate; null where the pass did not ask for it
 */
public record Transformed(Var value, @Nullable Estimate logDet) {

  /**
   * A transformation whose log-determinant is exact. For what computes it, not for what hands on
   * another bijection's: that is {@link #withValue}, {@link #then} and {@link #overGroups}.
   *
   * @param value n x dim
   * @param logDet n x 1, or null where the pass did not ask for it
   */
  public static Transformed exact(Var value, @Nullable Var logDet) {
    return new Transformed(value, logDet == null ? null : Estimate.exact(logDet));
  }

  /**
   * The same log-determinants with another value, such as the same columns in another order.
   *
   * @param other as many rows as {@link #value}
   */
  public Transformed withValue(Var other) {
    return new Transformed(other, logDet);
  }

  /** The same, without log-determinants where a pass does not ask for them. */
  public Transformed asWanted(Pass pass) {
    return pass.logDet() ? this : new Transformed(value, null);
  }

  /**
   * This transformation followed by another one: log-determinants and variances add up.
   *
   * @param tape where the sum is made
   * @param next what was made of {@link #value}
   */
  public Transformed then(Tape tape, Transformed next) {
    Estimate sum = logDet == null || next.logDet == null ? null : logDet.plus(tape, next.logDet);
    return new Transformed(next.value, sum);
  }

  /**
   * This transformation of rows that are neighbouring parts of longer ones: log-determinants and
   * variances of the parts add up.
   *
   * @param tape where operations are made
   * @param parts number of parts of a longer row; they divide the number of rows
   * @return rows whose columns are those of their parts, side by side
   */
  public Transformed overGroups(Tape tape, int parts) {
    Var joined = tape.reshape(value, value.rows() / parts, value.cols() * parts);
    return new Transformed(joined, logDet == null ? null : logDet.overGroups(tape, parts));
  }

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
}
