package org.fjordflow.cnf;

import java.util.List;
import java.util.Objects;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.fjordflow.core.backend.BackendKind;
import org.fjordflow.core.backend.DType;
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
 * @param blocks flows in sequence
 * @param endTime end time of each block; the initial one where it is trained
 * @param trainEndTime whether each block's end time is trained
 * @param backend {@code cpu} or {@code nd4j}
 * @param dtype {@code float32} or {@code float64}
 * @param solve how it is solved
 * @param mean means that are subtracted from data, or null for none
 * @param deviation standard deviations that data is divided by, or null for none
 */
public record ModelConfig(
    int dim,
    int context,
    String layer,
    List<Integer> hidden,
    String activation,
    int blocks,
    double endTime,
    boolean trainEndTime,
    String backend,
    String dtype,
    SolveConfig solve,
    @Nullable List<Double> mean,
    @Nullable List<Double> deviation) {

  /**
   * Checks every field.
   *
   * @throws FjordException INVALID_CONFIGURATION, or INVALID_ARGUMENT for an unknown name; says the
   *     field or name, what was given and expected. Absent values are told like wrong ones, since
   *     they come from files.
   */
  public ModelConfig {
    require(dim >= 1, "dim", dim, "at least 1");
    require(context >= 0, "context", context, "0 or more");
    FieldKind.require(layer);
    hidden = copy("hidden", hidden);
    require(hidden.stream().allMatch(width -> width >= 1), "hidden", hidden, "widths of 1 or more");
    Activation.of(activation);
    require(blocks >= 1, "blocks", blocks, "at least 1");
    require(
        endTime > 0 && endTime < Double.POSITIVE_INFINITY, "endTime", endTime, "positive, finite");
    require(solve != null, "solve", solve, "how the flow is solved");
    solve.requireFits(dim);
    mean = mean == null ? null : moments("mean", mean, dim, Double.NEGATIVE_INFINITY);
    deviation = deviation == null ? null : moments("deviation", deviation, dim, 0);
    require((mean == null) == (deviation == null), "mean", mean, "given with deviation, or not");
    DType.of(dtype);
    BackendKind.of(backend);
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
        0.5,
        true,
        "cpu",
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
        false,
        "cpu",
        "float32",
        SolveConfig.exact(),
        null,
        null);
  }

  /** The same configuration, solved otherwise. */
  public ModelConfig withSolve(SolveConfig other) {
    return new ModelConfig(
        dim,
        context,
        layer,
        hidden,
        activation,
        blocks,
        endTime,
        trainEndTime,
        backend,
        dtype,
        other,
        mean,
        deviation);
  }

  /** The same configuration for data that is standardised first. */
  public ModelConfig withStandardization(List<Double> means, List<Double> deviations) {
    return new ModelConfig(
        dim,
        context,
        layer,
        hidden,
        activation,
        blocks,
        endTime,
        trainEndTime,
        backend,
        dtype,
        solve,
        means,
        deviations);
  }

  /** The same configuration in another precision. */
  public ModelConfig withDtype(String other) {
    return new ModelConfig(
        dim,
        context,
        layer,
        hidden,
        activation,
        blocks,
        endTime,
        trainEndTime,
        backend,
        other,
        solve,
        mean,
        deviation);
  }

  private static <T> List<T> copy(String name, @Nullable List<T> values) {
    boolean complete = values != null && values.stream().noneMatch(Objects::isNull);
    require(complete, name, values, "a list without gaps");
    return List.copyOf(Objects.requireNonNull(values));
  }

  private static List<Double> moments(String name, List<Double> values, int dim, double above) {
    List<Double> copy = copy(name, values);
    boolean fits = copy.stream().allMatch(v -> v > above && v < Double.POSITIVE_INFINITY);
    String sign = above == 0 ? "positive" : "finite";
    require(fits && copy.size() == dim, name, copy, dim + " " + sign + " values");
    return copy;
  }

  static void require(boolean holds, String name, @Nullable Object given, String expected) {
    if (!holds) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION, name + " is " + given + "; expected " + expected);
    }
  }
}
