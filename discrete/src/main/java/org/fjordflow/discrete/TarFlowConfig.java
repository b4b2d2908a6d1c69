package org.fjordflow.discrete;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.internal.parts.Permutation;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.Sizes;
import org.fjordflow.discrete.internal.layers.TapePool;
import org.fjordflow.discrete.internal.layers.TarFlowBlock;
import org.fjordflow.discrete.parts.Bijections.TransformerConfig;
import org.jspecify.annotations.Nullable;

/**
 * TarFlow (Zhai et al. 2024): {@link TarFlowBlock}s in sequence, which go through the tokens from
 * first to last and from last to first in turn.
 *
 * @param dim number of columns of data, a multiple of the tokens
 * @param contextSize number of columns of the context, zero for none
 * @param tokens tokens of each row, at least 1: groups of neighbouring columns, or patches
 * @param layers number of blocks, at least 1
 * @param transformer that of each block
 * @param patches how images are cut into tokens, or null for rows that are no images
 */
public record TarFlowConfig(
    int dim,
    int contextSize,
    int tokens,
    int layers,
    TransformerConfig transformer,
    @Nullable ImagePatches patches)
    implements FlowConfig {

  /**
   * Checks the sizes.
   *
   * @throws FjordException INVALID_CONFIGURATION for sizes outside their ranges, tokens that do not
   *     divide the columns, or patches of other images
   */
  public TarFlowConfig {
    Sizes.requireGiven("transformer", transformer);
    Sizes.require("a TarFlow", 1, dim, contextSize, layers, List.of());
    if (tokens < 1 || dim % tokens != 0) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a TarFlow of %d columns in %d tokens; expected tokens of equal size"
              .formatted(dim, tokens));
    }
    if (patches != null && (patches.shape().size() != dim || patches.tokens() != tokens)) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a TarFlow of %d columns in %d tokens for images of %d columns in %d patches"
              .formatted(dim, tokens, patches.shape().size(), patches.tokens()));
    }
  }

  @Override
  public TarFlowConfig withContext(int size) {
    return new TarFlowConfig(dim, size, tokens, layers, transformer, patches);
  }

  /** The same with another transformer. */
  public TarFlowConfig withTransformer(TransformerConfig value) {
    return new TarFlowConfig(dim, contextSize, tokens, layers, value, patches);
  }

  /** The same with hidden layers of another activation. */
  public TarFlowConfig withActivation(Activation value) {
    return withTransformer(
        new TransformerConfig(
            transformer.depth(), transformer.width(), transformer.heads(), value));
  }

  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    TapePool tapes = new TapePool(parameters.backend());
    List<Bijection> parts = new ArrayList<>();
    if (patches != null) {
      parts.add(patches.permutation());
    }
    for (int i = 0; i < layers; i++) {
      parts.add(
          TarFlowBlock.create(
              parameters,
              "layers." + i,
              tokens,
              dim / tokens,
              contextSize,
              transformer,
              random,
              tapes));
      // After the last block only where that leaves tokens in their own order.
      boolean last = i == layers - 1;
      if (tokens > 1 && (!last || i % 2 == 1)) {
        parts.add(reversal());
      }
    }
    return new Composition(parts);
  }

  /** Tokens from last to first, each as it is. */
  private Permutation reversal() {
    int size = dim / tokens;
    int[] order = new int[dim];
    Arrays.setAll(order, j -> (tokens - 1 - j / size) * size + j % size);
    return Permutation.of(order);
  }
}
