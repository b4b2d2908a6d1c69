package org.fjordflow.cnf;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.backend.Backends;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.jspecify.annotations.Nullable;

/**
 * Everything that makes a continuous flow but its parameters' values: what is saved beside them.
 * {@link #builder} makes it.
 *
 * @param dim columns of data
 * @param context columns of context, zero for an unconditional flow
 * @param field the network of each block
 * @param chain the blocks
 * @param solve how they are solved
 * @param backend name of a backend, see {@link Backends}: {@code auto}, {@code cpu}, {@code nd4j},
 *     or a user's own
 * @param dtype {@code float32} or {@code float64}
 * @param mean means that are subtracted from data, or null for none
 * @param deviation standard deviations that data is divided by, or null for none
 */
@JsonDeserialize(using = ModelConfigDeserializer.class)
public record ModelConfig(
    int dim,
    int context,
    FieldConfig field,
    ChainConfig chain,
    SolveSettings solve,
    String backend,
    String dtype,
    @Nullable List<Double> mean,
    @Nullable List<Double> deviation)
    implements ModelSpec {

  /**
   * Checks every value.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION, or INVALID_ARGUMENT for an
   *     unknown name; says the value or name, what was given and expected. Absent values are told
   *     like wrong ones, since they come from files.
   */
  public ModelConfig {
    ConfigChecks.require(dim >= 1, "dim", dim, "at least 1");
    ConfigChecks.require(context >= 0, "context", context, "0 or more");
    ConfigChecks.require(field != null, "field", field, "an object");
    ConfigChecks.require(chain != null, "chain", chain, "an object");
    ConfigChecks.require(solve != null, "solve", solve, "how the flow is solved");
    requireDrawn(solve, dim);
    mean = ConfigChecks.mean(mean, dim);
    deviation = ConfigChecks.deviation(deviation, dim, mean);
    DType.of(dtype);
    Backends.requireKnown(backend);
  }

  /** Checks that the divergences' directions can be drawn for a number of columns. */
  private static void requireDrawn(SolveSettings solve, int dim) {
    solve.training().divergence().directions(dim);
    solve.evaluation().divergence().directions(dim);
  }

  /**
   * Begins a configuration: that of {@link #mlp}, to be changed.
   *
   * @param dim columns of data
   */
  public static ModelConfigBuilder builder(int dim) {
    return new ModelConfigBuilder(dim);
  }

  /**
   * FFJORD's model for two dimensions: concatsquash 64-64-64 with tanh, one block to a trained end
   * time that starts at 0.5.
   */
  public static ModelConfig ffjord(int dim) {
    return builder(dim)
        .layer("concatsquash")
        .activation("tanh")
        .endTime(0.5)
        .trainEndTime(true)
        .build();
  }

  /** A plain network 64-64-64 with ELU and time as an input, one block to end time one. */
  public static ModelConfig mlp(int dim) {
    return builder(dim).build();
  }

  @Override
  public ContinuousModel create(RandomGenerator random, int threads) {
    return ContinuousModel.create(this, random, threads);
  }

  /** Returns this configuration, to be changed. */
  public ModelConfigBuilder toBuilder() {
    return new ModelConfigBuilder(this);
  }

  /** The same configuration, solved otherwise. */
  public ModelConfig withSolve(SolveSettings other) {
    return toBuilder().solve(other).build();
  }

  @Override
  public ModelConfig withStandardization(List<Double> means, List<Double> deviations) {
    return toBuilder().standardization(means, deviations).build();
  }

  @Override
  public ModelConfig withDtype(String other) {
    return toBuilder().dtype(other).build();
  }
}
