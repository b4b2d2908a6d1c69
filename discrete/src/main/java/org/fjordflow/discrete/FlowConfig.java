package org.fjordflow.discrete;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Parameters;

/**
 * What a discrete flow is made of; {@link Flows} has those known by name. As JSON, {@code type}
 * says which record it is. A family of your own is a record that implements this, with a name from
 * a {@link org.fjordflow.core.model.NamedConfigs} service in its jar; its components become JSON.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public interface FlowConfig {

  /** Returns the number of columns of data. */
  int dim();

  /** Returns the number of columns of the context, zero for none. */
  int contextSize();

  /** Returns the number of layers. */
  int layers();

  /** Returns the same flow, conditioned on a context of some columns. */
  FlowConfig withContext(int size);

  /**
   * Makes the bijection from data to base.
   *
   * @param parameters where its parameters are added. Modified.
   * @param random source of the initial values, and of permutations
   */
  Bijection bijection(Parameters parameters, RandomGenerator random);

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
