package org.fjordflow.discrete;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.Sizes;
import org.fjordflow.discrete.internal.layers.Planar;

/**
 * Planar layers in sequence; see {@link Planar}.
 *
 * @param dim number of columns of data, at least 1
 * @param contextSize number of columns of the context, zero for none
 * @param layers number of layers, at least 1
 */
public record PlanarConfig(int dim, int contextSize, int layers) implements FlowConfig {

  /**
   * Checks the sizes.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for sizes outside their ranges
   */
  public PlanarConfig {
    Sizes.require("a planar flow", 1, dim, contextSize, layers, List.of());
  }

  @Override
  public PlanarConfig withContext(int size) {
    return new PlanarConfig(dim, size, layers);
  }

  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    List<Bijection> parts = new ArrayList<>();
    for (int i = 0; i < layers; i++) {
      parts.add(Planar.create(parameters, "layers." + i, dim, contextSize, random));
    }
    return new Composition(parts);
  }
}
