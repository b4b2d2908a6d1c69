package org.fjordflow.cnf;

import java.util.Arrays;
import java.util.List;
import org.fjordflow.core.backend.Backends;
import org.jspecify.annotations.Nullable;

/** A {@link ModelConfig} in the making. Each method changes one value and returns this builder. */
public final class ModelConfigBuilder {
  private final int dim;
  private int context;
  private String layer = FieldKind.MLP;
  private List<Integer> hidden = List.of(64, 64, 64);
  private String activation = "elu";
  private double inputGain = 1;
  private int blocks = 1;
  private double endTime = 1;
  private boolean trainEndTime;
  private SolveSettings solve = SolveSettings.exact();
  private String backend = Backends.AUTO;
  private String dtype = "float32";
  private @Nullable List<Double> mean;
  private @Nullable List<Double> deviation;

  ModelConfigBuilder(int dim) {
    this.dim = dim;
  }

  ModelConfigBuilder(ModelConfig from) {
    dim = from.dim();
    context = from.context();
    layer = from.field().layer();
    hidden = from.field().hidden();
    activation = from.field().activation();
    inputGain = from.field().inputGain();
    blocks = from.chain().blocks();
    endTime = from.chain().endTime();
    trainEndTime = from.chain().trainEndTime();
    solve = from.solve();
    backend = from.backend();
    dtype = from.dtype();
    mean = from.mean();
    deviation = from.deviation();
  }

  /** Sets the columns of context, zero for an unconditional flow. */
  public ModelConfigBuilder context(int columns) {
    context = columns;
    return this;
  }

  /** Sets the kind of layer, as {@link FieldConfig#layer}. */
  public ModelConfigBuilder layer(String name) {
    layer = name;
    return this;
  }

  /** Sets the widths of the hidden layers. */
  public ModelConfigBuilder hidden(int... widths) {
    return hidden(Arrays.stream(widths).boxed().toList());
  }

  /** Sets the widths of the hidden layers. */
  public ModelConfigBuilder hidden(List<Integer> widths) {
    hidden = widths;
    return this;
  }

  /** Sets the non-linearity, as {@link FieldConfig#activation}. */
  public ModelConfigBuilder activation(String name) {
    activation = name;
    return this;
  }

  /** Sets the factor of first linear maps, as {@link FieldConfig#inputGain}. */
  public ModelConfigBuilder inputGain(double factor) {
    inputGain = factor;
    return this;
  }

  /** Sets the number of flows in sequence. */
  public ModelConfigBuilder blocks(int count) {
    blocks = count;
    return this;
  }

  /** Sets the end time of each block. */
  public ModelConfigBuilder endTime(double time) {
    endTime = time;
    return this;
  }

  /** Sets whether end times are trained. */
  public ModelConfigBuilder trainEndTime(boolean trained) {
    trainEndTime = trained;
    return this;
  }

  /** Sets how the flow is solved. */
  public ModelConfigBuilder solve(SolveSettings how) {
    solve = how;
    return this;
  }

  /** Sets the backend, as {@link ModelConfig#backend}. */
  public ModelConfigBuilder backend(String name) {
    backend = name;
    return this;
  }

  /** Sets the precision: {@code float32} or {@code float64}. */
  public ModelConfigBuilder dtype(String name) {
    dtype = name;
    return this;
  }

  /**
   * Sets what data goes through first.
   *
   * @param means subtracted, one a column; null for none
   * @param deviations divided by, one a column; null for none
   */
  public ModelConfigBuilder standardization(
      @Nullable List<Double> means, @Nullable List<Double> deviations) {
    mean = means;
    deviation = deviations;
    return this;
  }

  /**
   * Returns the configuration.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION, or INVALID_ARGUMENT for an
   *     unknown name; says the value or name, what was given and expected
   */
  public ModelConfig build() {
    return new ModelConfig(
        dim,
        context,
        new FieldConfig(layer, hidden, activation, inputGain),
        new ChainConfig(blocks, endTime, trainEndTime),
        solve,
        backend,
        dtype,
        mean,
        deviation);
  }
}
