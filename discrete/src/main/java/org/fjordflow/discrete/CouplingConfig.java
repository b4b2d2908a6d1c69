package org.fjordflow.discrete;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.internal.parts.Permutation;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.Sizes;
import org.fjordflow.discrete.internal.networks.Dropout;
import org.fjordflow.discrete.internal.parts.ActNorm;
import org.fjordflow.discrete.internal.parts.BatchNormalization;
import org.fjordflow.discrete.internal.parts.Columns;
import org.fjordflow.discrete.internal.parts.Coupling;
import org.fjordflow.discrete.internal.parts.DiagonalScaling;
import org.fjordflow.discrete.internal.parts.LuLinear;
import org.fjordflow.discrete.transform.ColumnTransform;

/**
 * Coupling layers in sequence, with what mixes the columns between them.
 *
 * @param dim number of columns of data, at least 2, or 1 with a context, which then moves it alone;
 *     {@link #bijection} throws INVALID_CONFIGURATION for one column without
 * @param contextSize number of columns of the context, zero for none
 * @param layers number of coupling layers, at least 1
 * @param hidden hidden sizes of each network
 * @param activation of the networks
 * @param transform what a layer does to a column
 * @param mixing what comes before each layer
 * @param scaled whether a {@link DiagonalScaling} ends the flow
 * @param batchNormalized whether a {@link BatchNormalization} follows each layer
 * @param dropout part of the networks' hidden units that each row of a step of training does
 *     without, at least 0 and below 1; evaluations use all of them
 * @param circular columns of data and base that are angles, from 0, in ascending order; for
 *     splines, without batch normalisation or scaling
 */
public record CouplingConfig(
    int dim,
    int contextSize,
    int layers,
    List<Integer> hidden,
    Activation activation,
    ColumnTransform transform,
    Mixing mixing,
    boolean scaled,
    boolean batchNormalized,
    @JsonProperty(defaultValue = "0") double dropout,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonProperty(defaultValue = "[]")
        List<Integer> circular)
    implements FlowConfig {

  /**
   * Checks the sizes.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for sizes outside their ranges
   */
  public CouplingConfig {
    hidden = ConfigChecks.list("hidden", hidden);
    Sizes.requireGiven("activation", activation);
    CircularColumns.requireOfNumbers(transform);
    Sizes.requireGiven("mixing", mixing);
    Sizes.require("a coupling flow", 1, dim, contextSize, layers, hidden);
    Dropout.of(dropout);
    circular = CircularColumns.checked(circular, dim, transform, batchNormalized || scaled);
  }

  @Override
  public CouplingConfig withContext(int size) {
    return new CouplingConfig(
        dim,
        size,
        layers,
        hidden,
        activation,
        transform,
        mixing,
        scaled,
        batchNormalized,
        dropout,
        circular);
  }

  /** The same with networks of another activation. */
  public CouplingConfig withActivation(Activation value) {
    return new CouplingConfig(
        dim,
        contextSize,
        layers,
        hidden,
        value,
        transform,
        mixing,
        scaled,
        batchNormalized,
        dropout,
        circular);
  }

  /** The same with another transform of columns. */
  public CouplingConfig withTransform(ColumnTransform value) {
    return new CouplingConfig(
        dim,
        contextSize,
        layers,
        hidden,
        activation,
        value,
        mixing,
        scaled,
        batchNormalized,
        dropout,
        circular);
  }

  /** The same with a {@link BatchNormalization} after each layer. */
  public CouplingConfig withBatchNormalization() {
    return new CouplingConfig(
        dim,
        contextSize,
        layers,
        hidden,
        activation,
        transform,
        mixing,
        scaled,
        true,
        dropout,
        circular);
  }

  /** The same with dropout in training, 0 for none. */
  public CouplingConfig withDropout(double value) {
    return new CouplingConfig(
        dim,
        contextSize,
        layers,
        hidden,
        activation,
        transform,
        mixing,
        scaled,
        batchNormalized,
        value,
        circular);
  }

  @Override
  public CouplingConfig withCircular(List<Integer> columns) {
    return new CouplingConfig(
        dim,
        contextSize,
        layers,
        hidden,
        activation,
        transform,
        mixing,
        scaled,
        batchNormalized,
        dropout,
        columns);
  }

  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    Sizes.require("a coupling flow", contextSize > 0 ? 1 : 2, dim, contextSize, layers, hidden);
    if (!circular.isEmpty()) {
      return CircularColumns.coupling(this, parameters, random);
    }
    List<Bijection> parts = new ArrayList<>();
    boolean alternates = mixing == Mixing.ALTERNATE || mixing == Mixing.INTERLEAVED;
    if (mixing == Mixing.INTERLEAVED) {
      int first = dim / 2;
      int[] order = new int[dim];
      Arrays.setAll(order, j -> j < first ? 2 * j + 1 : 2 * (j - first));
      parts.add(Permutation.of(order));
    }
    for (int i = 0; i < layers; i++) {
      String name = "layers." + i;
      if (mixing == Mixing.NORMALIZED_LINEAR) {
        parts.add(ActNorm.create(parameters, name + ".norm", dim));
      }
      if (!alternates && dim > 1) {
        parts.add(Permutation.random(parameters, name + ".permutation", dim, random));
        parts.add(LuLinear.create(parameters, name + ".linear", dim));
      }
      // Interleaved, the first half are columns 1, 3, ..., which are the first to be moved.
      boolean movesFirst = alternates && (i % 2 == 0) == (mixing == Mixing.INTERLEAVED);
      parts.add(layer(i, Columns.of(dim, transform), movesFirst, parameters, random));
      if (batchNormalized) {
        parts.add(BatchNormalization.create(parameters, name + ".batch_norm", dim));
      }
    }
    if (scaled) {
      parts.add(DiagonalScaling.create(parameters, "scaling", dim));
    }
    return new Composition(parts);
  }

  /** Makes a coupling layer. */
  Bijection layer(
      int index,
      Columns columns,
      boolean movesFirst,
      Parameters parameters,
      RandomGenerator random) {
    return Coupling.create(
        parameters,
        "layers." + index + ".coupling",
        columns,
        contextSize,
        movesFirst,
        hidden,
        activation,
        mixing != Mixing.INTERLEAVED,
        Dropout.of(dropout),
        random);
  }

  /** What happens to columns before each coupling layer. */
  public enum Mixing {
    /** Nothing: layers transform the second and the first half in turn. */
    ALTERNATE,
    /**
     * Before the first layer a fixed permutation, so that layers transform columns 1, 3, ... and 0,
     * 2, ... in turn: neighbouring columns are often alike, and then each half tells much of the
     * other.
     */
    INTERLEAVED,
    /** A drawn permutation and a trained {@link LuLinear}. */
    LINEAR,
    /** {@link ActNorm}, a drawn permutation and a trained {@link LuLinear}: a step of Glow. */
    NORMALIZED_LINEAR;

    /** Returns the name used in configurations, such as {@code normalized_linear}. */
    @JsonValue
    public String id() {
      return Ids.of(this);
    }

    /**
     * Finds a mixing by its {@link #id()}.
     *
     * @param id a name such as {@code linear}
     * @return the mixing
     * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if there is none, naming those
     *     there are
     */
    @JsonCreator
    public static Mixing of(String id) {
      return Ids.find(values(), Mixing::id, "mixing", id);
    }
  }
}
