package org.fjordflow.cnf;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.backend.Backends;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Activation;
import org.jspecify.annotations.Nullable;

/**
 * Everything that makes a continuous flow but its parameters' values: what is saved beside them.
 *
 * @param dim columns of data
 * @param context columns of context, zero for an unconditional flow
 * @param layer {@code mlp}, or one of FFJORD's layers such as {@code concatsquash}
 * @param hidden widths of the hidden layers
 * @param activation non-linearity, such as {@code tanh}
 * @param inputGain factor of the initial values of each field's first linear map, as SIREN's
 *     omega_0 (Sitzmann et al. 2020, 3.2). 1 leaves PyTorch's; with 2 to 6 a field begins with
 *     finer features of its input, and learns densities with many gaps in fewer steps
 * @param blocks flows in sequence
 * @param endTime end time of each block; the initial one where it is trained
 * @param trainEndTime whether each block's end time is trained
 * @param backend name of a backend, see {@link Backends}: {@code auto}, {@code cpu}, {@code nd4j},
 *     or a user's own
 * @param dtype {@code float32} or {@code float64}
 * @param solve how it is solved
 * @param mean means that are subtracted from data, or null for none
 * @param deviation standard deviations that data is divided by, or null for none
 */
@JsonDeserialize(using = ModelConfigDeserializer.class)
public record ModelConfig(
    int dim,
    int context,
    String layer,
    List<Integer> hidden,
    String activation,
    double inputGain,
    int blocks,
    double endTime,
    boolean trainEndTime,
    String backend,
    String dtype,
    SolveConfig solve,
    @Nullable List<Double> mean,
    @Nullable List<Double> deviation)
    implements ModelSpec {

  /**
   * Checks every field.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION, or INVALID_ARGUMENT for an
   *     unknown name; says the field or name, what was given and expected. Absent values are told
   *     like wrong ones, since they come from files.
   */
  public ModelConfig {
    ConfigChecks.require(dim >= 1, "dim", dim, "at least 1");
    ConfigChecks.require(context >= 0, "context", context, "0 or more");
    FieldKind.require(layer);
    hidden = ConfigChecks.list("hidden", hidden);
    ConfigChecks.require(
        hidden.stream().allMatch(width -> width >= 1), "hidden", hidden, "widths of 1 or more");
    Activation.of(activation);
    ConfigChecks.require(
        inputGain > 0 && inputGain < Double.POSITIVE_INFINITY,
        "inputGain",
        inputGain,
        "positive, finite");
    ConfigChecks.require(blocks >= 1, "blocks", blocks, "at least 1");
    ConfigChecks.require(
        endTime > 0 && endTime < Double.POSITIVE_INFINITY, "endTime", endTime, "positive, finite");
    ConfigChecks.require(solve != null, "solve", solve, "how the flow is solved");
    solve.requireFits(dim);
    mean = ConfigChecks.mean(mean, dim);
    deviation = ConfigChecks.deviation(deviation, dim, mean);
    DType.of(dtype);
    Backends.requireKnown(backend);
  }

  /**
   * FFJORD's model for two dimensions: concatsquash 64-64-64 with tanh, one block to a trained end
   * time that starts at 0.5.
   */
  public static ModelConfig ffjord(int dim) {
    return new ModelConfig(
        dim,
        0,
        "concatsquash",
        List.of(64, 64, 64),
        "tanh",
        1,
        1,
        0.5,
        true,
        Backends.AUTO,
        "float32",
        SolveConfig.exact(),
        null,
        null);
  }

  /** A plain network 64-64-64 with ELU and time as an input, one block to end time one. */
  public static ModelConfig mlp(int dim) {
    return new ModelConfig(
        dim,
        0,
        FieldKind.MLP,
        List.of(64, 64, 64),
        "elu",
        1,
        1,
        1,
        false,
        Backends.AUTO,
        "float32",
        SolveConfig.exact(),
        null,
        null);
  }

  @Override
  public ContinuousModel create(RandomGenerator random, int threads) {
    return ContinuousModel.create(this, random, threads);
  }

  /** The same configuration, solved otherwise. */
  public ModelConfig withSolve(SolveConfig other) {
    return new ModelConfig(
        dim,
        context,
        layer,
        hidden,
        activation,
        inputGain,
        blocks,
        endTime,
        trainEndTime,
        backend,
        dtype,
        other,
        mean,
        deviation);
  }

  @Override
  public ModelConfig withStandardization(List<Double> means, List<Double> deviations) {
    return new ModelConfig(
        dim,
        context,
        layer,
        hidden,
        activation,
        inputGain,
        blocks,
        endTime,
        trainEndTime,
        backend,
        dtype,
        solve,
        means,
        deviations);
  }

  @Override
  public ModelConfig withDtype(String other) {
    return new ModelConfig(
        dim,
        context,
        layer,
        hidden,
        activation,
        inputGain,
        blocks,
        endTime,
        trainEndTime,
        backend,
        other,
        solve,
        mean,
        deviation);
  }
}
