package org.fjordflow.discrete;

import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.nn.Parameters;

/** What a discrete flow is made of; {@link Flows} has those known by name. */
public interface FlowConfig extends BijectionConfig {

  /** Returns the number of layers. */
  int layers();

  @Override
  FlowConfig withContext(int size);

  /**
   * Makes a flow from a standard normal.
   *
   * @param parameters where its parameters are added; their backend is the flow's. Modified.
   * @param random source of the initial values, and of permutations
   */
  default Flow create(Parameters parameters, RandomGenerator random) {
    return new Flow(
        DiagonalNormal.standard(dim()), bijection(parameters, random), parameters.backend());
  }
}
