package org.fjordflow.discrete;

import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Distribution;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.nn.Parameters;

/** What a discrete flow is made of; {@link Flows} has those known by name. */
public interface FlowConfig extends BijectionConfig {

  /** Returns the number of layers. */
  int layers();

  @Override
  FlowConfig withContext(int size);

  @Override
  default FlowConfig withCircular(List<Integer> columns) {
    BijectionConfig.super.withCircular(columns);
    return this;
  }

  /**
   * Makes a flow from a standard normal; columns of angles are uniform on the circle.
   *
   * @param parameters where its parameters are added; their backend is the flow's. Modified.
   * @param random source of the initial values, and of permutations
   */
  default Flow create(Parameters parameters, RandomGenerator random) {
    Distribution base = new BaseConfig.Normal().create(parameters, dim(), circular(), random);
    return new Flow(base, bijection(parameters, random), parameters.backend());
  }
}
