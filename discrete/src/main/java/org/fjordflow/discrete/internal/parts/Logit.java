package org.fjordflow.discrete.internal.parts;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.jspecify.annotations.Nullable;

/**
 * {@code z = log(u / (1 - u))} with {@code u = (x - lower) / (upper - lower)}: data on a bounded
 * interval, such as dequantised pixels, onto all numbers.
 *
 * @param dim number of columns
 * @param lower lower bound of the data, not reached
 * @param upper upper bound of the data, not reached
 */
public record Logit(int dim, double lower, double upper) implements Bijection {

  /**
   * Checks the sizes.
   *
   * @throws FjordException INVALID_ARGUMENT for a dimension below 1 or bounds that are not
   *     increasing and finite
   */
  public Logit {
    if (dim < 1 || !(upper > lower) || Double.isInfinite(upper - lower)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a logit of %d columns on (%s, %s); expected columns and increasing finite bounds"
              .formatted(dim, lower, upper));
    }
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
   * @throws FjordException INVALID_ARGUMENT for data outside the bounds
   */
  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    Tape tape = pass.tape();
    double width = upper - lower;
    Var u = tape.affine(1 / width, x, -lower / width);
    requireInside(tape, u, x);
    Var below = tape.apply(Elementwise.LOG, u);
    Var above = tape.apply(Elementwise.LOG, tape.affine(-1, u, 1));
    Var value = tape.subtract(below, above);
    if (!pass.logDet()) {
      return Transformed.exact(value, null);
    }
    Var sum = tape.rowSum(tape.add(below, above));
    return Transformed.exact(value, tape.affine(-1, sum, -dim * Math.log(width)));
  }

  private void requireInside(Tape tape, Var u, Var x) {
    double[] values = Elements.of(tape.backend(), u.value());
    for (int i = 0; i < values.length; i++) {
      if (!(values[i] > 0 && values[i] < 1)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "row %d, column %d is %s; a logit takes what is between %s and %s"
                .formatted(
                    i / dim, i % dim, Elements.of(tape.backend(), x.value())[i], lower, upper));
      }
    }
  }

  /** {@inheritDoc} Far from zero, values round to a bound. */
  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Tape tape = pass.tape();
    double width = upper - lower;
    Var value = tape.affine(width, tape.apply(Elementwise.SIGMOID, z), lower);
    if (!pass.logDet()) {
      return Transformed.exact(value, null);
    }
    Var above = tape.apply(Elementwise.SOFTPLUS, z);
    Var below = tape.apply(Elementwise.SOFTPLUS, tape.affine(-1, z, 0));
    Var sum = tape.rowSum(tape.add(above, below));
    return Transformed.exact(value, tape.affine(-1, sum, dim * Math.log(width)));
  }
}
