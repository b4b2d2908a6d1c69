package org.fjordflow.discrete;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.backend.Backends;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.Model;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.model.internal.JsonConfig;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.Sizes;
import org.jspecify.annotations.Nullable;

/**
 * Everything that makes a discrete model but its parameters' values: what is saved beside them.
 *
 * @param flow what the flow is made of
 * @param backend name of a backend, see {@link Backends}: {@code auto}, {@code cpu}, {@code nd4j},
 *     or a user's own
 * @param dtype {@code float32} or {@code float64}
 * @param mean means that are subtracted from data, or null for none
 * @param deviation standard deviations that data is divided by, or null for none
 */
public record DiscreteConfig(
    FlowConfig flow,
    String backend,
    String dtype,
    @Nullable List<Double> mean,
    @Nullable List<Double> deviation)
    implements ModelSpec {

  /**
   * Checks every field.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION, also for a flow whose record
   *     has no name in JSON, or INVALID_ARGUMENT for an unknown name
   */
  public DiscreteConfig {
    Sizes.requireGiven("flow", flow);
    JsonConfig.requireNamed(flow);
    Backends.requireKnown(backend);
    DType.of(dtype);
    mean = ConfigChecks.mean(mean, flow.dim());
    deviation = ConfigChecks.deviation(deviation, flow.dim(), mean);
    ConfigChecks.requireAngles(flow.circular(), mean, deviation);
  }

  /** A flow in float32 on backend {@code auto}, without standardisation. */
  public static DiscreteConfig of(FlowConfig flow) {
    return new DiscreteConfig(flow, Backends.AUTO, DType.FLOAT32.id(), null, null);
  }

  @Override
  public int dim() {
    return flow.dim();
  }

  @Override
  public int context() {
    return flow.contextSize();
  }

  @Override
  public DiscreteConfig withStandardization(List<Double> means, List<Double> deviations) {
    return new DiscreteConfig(flow, backend, dtype, means, deviations);
  }

  @Override
  public DiscreteConfig withDtype(String other) {
    return new DiscreteConfig(flow, backend, other, mean, deviation);
  }

  @Override
  public BuiltModel<DiscreteConfig> create(RandomGenerator random) {
    return create(random, Runtime.getRuntime().availableProcessors());
  }

  /**
   * {@inheritDoc} Where data choose some of the initial values, {@link Model#initialize} lets them,
   * or else the first batch of a training does.
   */
  @Override
  public BuiltModel<DiscreteConfig> create(RandomGenerator random, int threads) {
    return create(random, threads, Parameters.Limit.ofMemory());
  }

  @Override
  public BuiltModel<DiscreteConfig> create(
      RandomGenerator random, int threads, Parameters.Limit limit) {
    return BuiltModel.create(this, threads, limit, parameters -> flow(parameters, random));
  }

  private Flow flow(Parameters parameters, RandomGenerator random) {
    Flow plain = flow.create(parameters, random);
    List<Bijection> parts = new ArrayList<>(standardization());
    parts.add(plain.bijection());
    return parts.size() == 1
        ? plain
        : new Flow(plain.base(), new Composition(parts), parameters.backend())
            .withChunkRows(plain.chunkRows());
  }
}
