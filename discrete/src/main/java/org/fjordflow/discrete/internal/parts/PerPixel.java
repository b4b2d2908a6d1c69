package org.fjordflow.discrete.internal.parts;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.jspecify.annotations.Nullable;

/**
 * One bijection of the channels of a pixel for all pixels of an image: with {@link LuLinear} Glow's
 * invertible 1 x 1 convolution, with {@link ActNorm} its activation normalisation (Kingma and
 * Dhariwal 2018, sections 3.1 and 3.2). The log-determinant is the sum over pixels.
 *
 * @param pixels number of pixels, whose channels are side by side in a row
 * @param inner of the channels, without context
 */
public record PerPixel(int pixels, Bijection inner) implements Bijection {

  /**
   * Checks the sizes.
   *
   * @throws FjordException INVALID_ARGUMENT for no pixels or an inner bijection with a context
   */
  public PerPixel {
    if (pixels < 1 || inner.contextSize() != 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a bijection with context size %d for each of %d pixels; expected 0, and at least one"
              .formatted(inner.contextSize(), pixels));
    }
  }

  @Override
  public int dim() {
    return pixels * inner.dim();
  }

  @Override
  public int contextSize() {
    return 0;
  }

  @Override
  public boolean isRowwise() {
    return inner.isRowwise();
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    return inner.forward(pass, channels(pass, x), null).overGroups(pass.tape(), pixels);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    return inner.inverse(pass, channels(pass, z), null).overGroups(pass.tape(), pixels);
  }

  private Var channels(Pass pass, Var x) {
    return pass.tape().reshape(x, x.rows() * pixels, inner.dim());
  }
}
