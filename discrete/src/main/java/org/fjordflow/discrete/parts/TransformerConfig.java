package org.fjordflow.discrete.parts;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.discrete.internal.Sizes;

/**
 * The transformer in each block of a TarFlow.
 *
 * @param depth layers of attention and of hidden units, at least 1
 * @param width columns between layers, at least 1; hidden layers have four times as many
 * @param heads of attention, a divisor of the width
 * @param activation of the hidden layers
 */
public record TransformerConfig(int depth, int width, int heads, Activation activation) {

  /** Columns of a head where their number is not given. */
  private static final int HEAD_SIZE = 16;

  /**
   * Checks the sizes.
   *
   * @throws FjordException INVALID_CONFIGURATION for sizes that are not positive, or heads that do
   *     not divide the width
   */
  public TransformerConfig {
    Sizes.requireGiven("activation", activation);
    if (depth < 1 || width < 1 || heads < 1 || width % heads != 0) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a transformer of depth %d, width %d and %d heads; expected positive numbers, and heads that divide the width"
              .formatted(depth, width, heads));
    }
  }

  /** With swish, and heads of 16 columns where these divide the width, else one head. */
  public static TransformerConfig of(int depth, int width) {
    int heads = width % HEAD_SIZE == 0 ? Math.max(1, width / HEAD_SIZE) : 1;
    return new TransformerConfig(depth, width, heads, Activation.SWISH);
  }
}
