package org.fjordflow.discrete;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.Sizes;
import org.fjordflow.discrete.internal.layers.Sylvester;

/**
 * Sylvester layers in sequence; see {@link Sylvester}.
 *
 * @param dim number of columns of data, at least 1
 * @param contextSize number of columns of the context, zero for none
 * @param layers number of layers, at least 1
 * @param rank of each layer, from 1 to dim
 */
public record SylvesterConfig(int dim, int contextSize, int layers, int rank)
    implements FlowConfig {

  /**
   * Checks the sizes.
   *
   * @throws FjordException INVALID_CONFIGURATION for sizes outside their ranges
   */
  public SylvesterConfig {
    Sizes.require("a Sylvester flow", 1, dim, contextSize, layers, List.of());
    if (rank < 1 || rank > dim) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "a Sylvester flow of rank %d in dimension %d; expected 1 to %d"
              .formatted(rank, dim, dim));
    }
  }

  @Override
  public SylvesterConfig withContext(int size) {
    return new SylvesterConfig(dim, size, layers, rank);
  }

  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    List<Bijection> parts = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      parts.add(Sylvester.create(parameters, "layers." + i, dim, rank, contextSize, random));
    }
    return new Composition(parts);
  }
}
