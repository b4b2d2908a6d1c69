package org.fjordflow.discrete.internal.parts;

import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.jspecify.annotations.Nullable;

/**
 * A bijection that sends its rows, or parts of them, through another one. Who goes along with the
 * rows, as {@code DataInitialization} does, sees by this what arrives there.
 */
public interface Nesting extends Bijection {

  /** What is done with a bijection within. */
  @FunctionalInterface
  interface Use {
    /**
     * Sends rows through it, in the pass that is being made.
     *
     * @param inner the bijection within
     * @param x n x its dimension
     * @param context n x its context size, or null where that is zero
     */
    Transformed forward(Bijection inner, Var x, @Nullable Var context);
  }

  /**
   * Maps data towards the base; see {@link Bijection#forward}.
   *
   * @param use called once for every bijection directly within
   */
  Transformed forward(Pass pass, Var x, @Nullable Var context, Use use);

  @Override
  default Transformed forward(Pass pass, Var x, @Nullable Var context) {
    return forward(pass, x, context, (inner, v, c) -> inner.forward(pass, v, c));
  }
}
