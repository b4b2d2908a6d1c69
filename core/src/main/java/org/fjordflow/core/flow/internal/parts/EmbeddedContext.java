package org.fjordflow.core.flow.internal.parts;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Mlp;
import org.jspecify.annotations.Nullable;

/**
 * A bijection that sees its context through a network, which is applied once a pass.
 *
 * @param network of the context
 * @param inner takes the network's outputs as its context
 */
public record EmbeddedContext(Mlp network, Bijection inner) implements Bijection {

  /**
   * Checks the sizes.
   *
   * @throws FjordException SHAPE_MISMATCH if the network's outputs are not the inner context
   */
  public EmbeddedContext {
    Dense last = network.layers().get(network.layers().size() - 1);
    int outputs = last.weight().value().rows();
    if (outputs != inner.contextSize()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "an embedding of %d columns for a bijection with a context of %d"
              .formatted(outputs, inner.contextSize()));
    }
  }

  @Override
  public int dim() {
    return inner.dim();
  }

  @Override
  public int contextSize() {
    return network.layers().get(0).weight().value().cols();
  }

  @Override
  public boolean isRowwise() {
    return inner.isRowwise();
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    return inner.forward(pass, x, embedded(pass, x, context));
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    return inner.inverse(pass, z, embedded(pass, z, context));
  }

  private @Nullable Var embedded(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    return context == null ? null : network.apply(pass.tape(), context);
  }
}
