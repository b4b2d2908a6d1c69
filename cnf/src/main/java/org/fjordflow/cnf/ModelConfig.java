package org.fjordflow.cnf;

import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Backends;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.model.ModelSpec;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Parameters;
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
    ContinuousConfig.Field field,
    ContinuousConfig.Chain chain,
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
    ContinuousConfig checked = new ContinuousConfig(dim, context, field, chain, solve);
    mean = ConfigChecks.mean(mean, checked.dim());
    deviation = ConfigChecks.deviation(deviation, dim, mean);
    DType.of(dtype);
    Backends.requireKnown(backend);
  }

  /** Returns what the flow is made of. */
  public ContinuousConfig flow() {
    return new ContinuousConfig(dim, context, field, chain, solve);
  }

  /**
   * Begins a configuration: that of {@link #mlp}, to be changed.
   *
   * @param dim columns of data
   */
  public static Builder builder(int dim) {
    return new Builder(dim);
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
  public BuiltModel<ModelConfig> create(RandomGenerator random) {
    return create(random, Runtime.getRuntime().availableProcessors());
  }

  @Override
  public BuiltModel<ModelConfig> create(RandomGenerator random, int threads) {
    return create(random, threads, Parameters.Limit.ofMemory());
  }

  @Override
  public BuiltModel<ModelConfig> create(
      RandomGenerator random, int threads, Parameters.Limit limit) {
    return BuiltModel.create(this, threads, limit, parameters -> flow(parameters, random));
  }

  /**
   * Creates a model with initial values on a backend that need not be one of those that
   * configurations can name, such as one that measures.
   *
   * @param backend of this element type, in place of the named one; closed with the model
   * @param random source of the initial values
   * @return the model; the caller closes it
   * @throws org.fjordflow.base.FjordException TYPE_MISMATCH if the backend has another element
   *     type; it is not closed then
   */
  public BuiltModel<ModelConfig> create(Backend backend, RandomGenerator random) {
    return BuiltModel.create(
        this, backend, Parameters.Limit.ofMemory(), parameters -> flow(parameters, random));
  }

  private Flow flow(Parameters parameters, RandomGenerator random) {
    List<Bijection> parts = new ArrayList<>(standardization());
    parts.addAll(flow().flows(parameters, random));
    Bijection bijection = parts.size() == 1 ? parts.get(0) : new Composition(parts);
    return new Flow(DiagonalNormal.standard(dim), bijection, parameters.backend());
  }

  /** Returns this configuration, to be changed. */
  public Builder toBuilder() {
    return new Builder(this);
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

  /**
   * A {@link ModelConfig} in the making. Each method changes one value and returns this builder.
   */
  public static final class Builder {
    private final int dim;
    private int context;
    private String layer = ContinuousConfig.Field.MLP;
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

    Builder(int dim) {
      this.dim = dim;
    }

    Builder(ModelConfig from) {
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
    public Builder context(int columns) {
      context = columns;
      return this;
    }

    /** Sets the kind of layer, as {@link ContinuousConfig.Field#layer}. */
    public Builder layer(String name) {
      layer = name;
      return this;
    }

    /** Sets the widths of the hidden layers. */
    public Builder hidden(int... widths) {
      return hidden(Arrays.stream(widths).boxed().toList());
    }

    /** Sets the widths of the hidden layers. */
    public Builder hidden(List<Integer> widths) {
      hidden = widths;
      return this;
    }

    /** Sets the non-linearity, as {@link ContinuousConfig.Field#activation}. */
    public Builder activation(String name) {
      activation = name;
      return this;
    }

    /** Sets the factor of first linear maps, as {@link ContinuousConfig.Field#inputGain}. */
    public Builder inputGain(double factor) {
      inputGain = factor;
      return this;
    }

    /** Sets the number of flows in sequence. */
    public Builder blocks(int count) {
      blocks = count;
      return this;
    }

    /** Sets the end time of each block. */
    public Builder endTime(double time) {
      endTime = time;
      return this;
    }

    /** Sets whether end times are trained. */
    public Builder trainEndTime(boolean trained) {
      trainEndTime = trained;
      return this;
    }

    /** Sets how the flow is solved. */
    public Builder solve(SolveSettings how) {
      solve = how;
      return this;
    }

    /** Sets the backend, as {@link ModelConfig#backend}. */
    public Builder backend(String name) {
      backend = name;
      return this;
    }

    /** Sets the precision: {@code float32} or {@code float64}. */
    public Builder dtype(String name) {
      dtype = name;
      return this;
    }

    /**
     * Sets what data goes through first.
     *
     * @param means subtracted, one a column; null for none
     * @param deviations divided by, one a column; null for none
     */
    public Builder standardization(
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
          new ContinuousConfig.Field(layer, hidden, activation, inputGain),
          new ContinuousConfig.Chain(blocks, endTime, trainEndTime),
          solve,
          backend,
          dtype,
          mean,
          deviation);
    }
  }
}
