package org.fjordflow.discrete.internal.parts;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Inverse;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.jspecify.annotations.Nullable;

/**
 * {@code z = exp(x)}; positive data want its {@link #logarithm}.
 *
 * @param dim number of columns
 */
public record Exponential(int dim) implements Bijection {

  /**
   * Checks the size.
   *
   * @throws FjordException INVALID_ARGUMENT for a dimension below 1
   */
  public Exponential {
    if (dim < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "an exponential of " + dim + " columns; expected some");
    }
  }

  /** The map {@code z = log(x)} of positive data. */
  public static Bijection logarithm(int dim) {
    return new Inverse(new Exponential(dim));
  }

  @Override
  public int contextSize() {
    return 0;
  }

  @Override
  public boolean isRowwise() {
    return true;
  }

  /**
   * {@inheritDoc}
   *
   * @throws FjordException NON_FINITE if an exponential overflows, or is zero by underflow
   */
  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    Var value = pass.tape().apply(Elementwise.EXP, x);
    requirePositive(pass.tape(), value, "exponential");
    return Transformed.exact(value, pass.logDet() ? pass.tape().rowSum(x) : null);
  }

  /**
   * {@inheritDoc}
   *
   * @throws FjordException NON_FINITE for what is not positive and finite
   */
  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Tape tape = pass.tape();
    requirePositive(tape, z, "argument of a logarithm");
    Var value = tape.apply(Elementwise.LOG, z);
    return Transformed.exact(value, pass.logDet() ? tape.affine(-1, tape.rowSum(value), 0) : null);
  }

  private void requirePositive(Tape tape, Var y, String what) {
    double[] values = Elements.of(tape.backend(), y.value());
    for (int i = 0; i < values.length; i++) {
      if (!(values[i] > 0) || Double.isInfinite(values[i])) {
        throw new FjordException(
            ErrorKey.NON_FINITE,
            "row %d, column %d: the %s is %s; expected a positive finite number"
                .formatted(i / dim, i % dim, what, values[i]));
      }
    }
  }
}
