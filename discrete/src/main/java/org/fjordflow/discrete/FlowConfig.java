package org.fjordflow.discrete;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.random.RandomGenerator;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Parameters;

/**
 * What a discrete flow is made of; {@link Flows} has those known by name. As JSON, {@code type}
 * says which record it is.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = PlanarConfig.class, name = "planar"),
  @JsonSubTypes.Type(value = SylvesterConfig.class, name = "sylvester"),
  @JsonSubTypes.Type(value = RadialConfig.class, name = "radial"),
  @JsonSubTypes.Type(value = CouplingConfig.class, name = "coupling"),
  @JsonSubTypes.Type(value = ImageGlowConfig.class, name = "image-glow"),
  @JsonSubTypes.Type(value = AutoregressiveConfig.class, name = "autoregressive"),
  @JsonSubTypes.Type(value = TarFlowConfig.class, name = "tarflow")
})
public sealed interface FlowConfig
    permits PlanarConfig,
        SylvesterConfig,
        RadialConfig,
        CouplingConfig,
        ImageGlowConfig,
        AutoregressiveConfig,
        TarFlowConfig {

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
