package org.fjordflow.inference;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Inverse;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Parameters;

/**
 * A bijection with its directions exchanged: planar, radial and Sylvester layers then make samples
 * of the base by their formulas, as in variational inference (Rezende and Mohamed 2015).
 *
 * @param of what is inverted
 */
public record InverseConfig(BijectionConfig of) implements BijectionConfig {

  /**
   * Checks that there is one.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION without one
   */
  public InverseConfig {
    ConfigChecks.require(of != null, "of", of, "a bijection");
  }

  @Override
  public int dim() {
    return of.dim();
  }

  @Override
  public int contextSize() {
    return of.contextSize();
  }

  @Override
  public List<Integer> circular() {
    return of.circular();
  }

  @Override
  public InverseConfig withContext(int size) {
    return new InverseConfig(of.withContext(size));
  }

  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    return new Inverse(of.bijection(parameters, random));
  }
}
