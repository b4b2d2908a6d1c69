package org.fjordflow.inference;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.parts.Bijections;

/**
 * An affine map with a full matrix: a fixed one, {@code z = L^-1 (x - m)} with m and L from the
 * mode of a density and the curvature there, and in its units one that is trained, the identity at
 * first. A flow behind it learns what is left, whatever the units and correlations of the data.
 *
 * @param dim number of columns, at least 1
 */
public record AffineConfig(int dim) implements BijectionConfig {

  /**
   * Checks the size.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for no columns
   */
  public AffineConfig {
    ConfigChecks.require(dim >= 1, "dim", dim, "at least 1");
  }

  @Override
  public int contextSize() {
    return 0;
  }

  @Override
  public AffineConfig withContext(int size) {
    return this;
  }

  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    Whitening fixed = Whitening.create(parameters, dim);
    return new Composition(Arrays.asList(fixed, Bijections.luLinear(parameters, "linear", dim)));
  }
}
