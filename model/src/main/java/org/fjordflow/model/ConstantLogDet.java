package org.fjordflow.model;

import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.jspecify.annotations.Nullable;

/**
 * Rows stay what they are, and their log-determinant is a constant: that of what was done to them
 * before, so that losses are in the data's units.
 *
 * @param dim columns
 * @param value log |det| towards the base
 */
record ConstantLogDet(int dim, double value) implements Bijection {

  @Override
  public int contextSize() {
    return 0;
  }

  @Override
  public boolean isRowwise() {
    return true;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    return constant(pass, x, context, value);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    return constant(pass, z, context, -value);
  }

  private Transformed constant(Pass pass, Var x, @Nullable Var context, double logDet) {
    requireFits(x, context);
    return Transformed.exact(
        x, pass.logDet() ? pass.tape().repeat(pass.tape().constant(logDet), x.rows()) : null);
  }
}
