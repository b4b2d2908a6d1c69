package org.fjordflow.model;

import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Standardization;
import org.fjordflow.core.flow.Transformed;
import org.jspecify.annotations.Nullable;

/**
 * A bijection of standardised rows, given standardised contexts, as one of rows and contexts in the
 * data's units. Standardises in the network's precision.
 */
final class InUnits implements Bijection {

  private final @Nullable Standardization data;
  private final @Nullable Standardization contexts;
  private final Bijection inner;

  private InUnits(@Nullable Moments data, @Nullable Moments contexts, Bijection inner) {
    this.data = standardization(data);
    this.contexts = standardization(contexts);
    this.inner = inner;
  }

  /** Returns the bijection in units, which is the same one where nothing is standardised. */
  static Bijection of(@Nullable Moments data, @Nullable Moments contexts, Bijection inner) {
    return data == null && contexts == null ? inner : new InUnits(data, contexts, inner);
  }

  private static @Nullable Standardization standardization(@Nullable Moments moments) {
    return moments == null
        ? null
        : new Standardization(moments.mean(), moments.standardDeviation());
  }

  @Override
  public int dim() {
    return inner.dim();
  }

  @Override
  public int contextSize() {
    return inner.contextSize();
  }

  @Override
  public boolean isRowwise() {
    return inner.isRowwise();
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    Var given = contextOf(pass, context);
    if (data == null) {
      return inner.forward(pass, x, given);
    }
    Transformed z = data.forward(pass, x, null);
    return z.then(pass.tape(), inner.forward(pass, z.value(), given));
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Transformed x = inner.inverse(pass, z, contextOf(pass, context));
    return data == null ? x : x.then(pass.tape(), data.inverse(pass, x.value(), null));
  }

  private @Nullable Var contextOf(Pass pass, @Nullable Var context) {
    return context == null || contexts == null
        ? context
        : contexts.forward(pass.withoutLogDet(), context, null).value();
  }
}
