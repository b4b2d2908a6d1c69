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
}
