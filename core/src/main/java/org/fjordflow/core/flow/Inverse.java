package org.fjordflow.core.flow;

import org.fjordflow.core.autodiff.Var;
import org.jspecify.annotations.Nullable;

/**
 * A bijection with its directions exchanged.
 *
 * @param bijection what is inverted; it keeps its context
 */
public record Inverse(Bijection bijection) implements Bijection {

  @Override
  public int dim() {
    return bijection.dim();
  }

  @Override
  public int contextSize() {
    return bijection.contextSize();
  }

  @Override
  public boolean isRowwise() {
    return bijection.isRowwise();
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    return bijection.inverse(pass, x, context);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    return bijection.forward(pass, z, context);
  }
}
