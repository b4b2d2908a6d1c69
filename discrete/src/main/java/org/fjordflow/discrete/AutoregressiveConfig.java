package org.fjordflow.discrete;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.Sizes;
import org.fjordflow.discrete.internal.networks.Dropout;
import org.fjordflow.discrete.internal.parts.Autoregressive;
import org.fjordflow.discrete.internal.parts.BatchNormalization;
import org.fjordflow.discrete.internal.parts.Columns;
import org.fjordflow.discrete.transform.ColumnTransform;

/**
 * Autoregressive layers in sequence.
 *
 * @param dim number of columns of data, at least 1
 * @param contextSize number of columns of the context, zero for none
 * @param layers number of layers, at least 1
 * @param hidden hidden sizes of each network, at least one
 * @param activation of the networks
 * @param transform what a layer does to a column
 * @param ordering order of columns in layers
 * @param samplesFast whether sampling is the fast direction (IAF); else evaluating densities is
 *     (MAF)
 * @param batchNormalized whether a {@link BatchNormalization} follows each layer
 * @param dropout part of the networks' hidden units that each row of a step of training does
 *     without, at least 0 and below 1; evaluations use all of them
 * @param circular columns of data and base that are angles, from 0, in ascending order; for
 *     splines, without batch normalisation
 */
public record AutoregressiveConfig(
    int dim,
    int contextSize,
    int layers,
    List<Integer> hidden,
    Activation activation,
    ColumnTransform transform,
    Ordering ordering,
    boolean samplesFast,
    boolean batchNormalized,
    @JsonProperty(defaultValue = "0") double dropout,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonProperty(defaultValue = "[]")
        List<Integer> circular)
    implements FlowConfig {

  /**
   * Checks the sizes.
   *
   * @throws FjordException INVALID_CONFIGURATION for sizes outside their ranges
   */
  public AutoregressiveConfig {
    hidden = ConfigChecks.list("hidden", hidden);
    Sizes.requireGiven("activation", activation);
    Sizes.requireTransform(transform);
    Sizes.requireGiven("ordering", ordering);
    Sizes.require("an autoregressive flow", 1, dim, contextSize, layers, hidden);
    if (hidden.isEmpty()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "an autoregressive flow without hidden layers; expected at least one");
    }
    Dropout.of(dropout);
    circular = CircularColumns.checked(circular, dim, transform, batchNormalized);
  }

  @Override
  public AutoregressiveConfig withContext(int size) {
    return new AutoregressiveConfig(
        dim, size, layers, hidden, activation, transform, ordering, samplesFast, batchNormalized, dropout, circular);
  }

  /** The same with networks of another activation. */
  public AutoregressiveConfig withActivation(Activation value) {
    return new AutoregressiveConfig(
        dim, contextSize, layers, hidden, value, transform, ordering, samplesFast, batchNormalized, dropout, circular);
  }

  /** The same with another transform of columns. */
  public AutoregressiveConfig withTransform(ColumnTransform value) {
    return new AutoregressiveConfig(
        dim,
        contextSize,
        layers,
        hidden,
        activation,
        value,
        ordering,
        samplesFast,
        batchNormalized,
        dropout,
        circular);
  }

  /** The same with another order of columns. */
  public AutoregressiveConfig withOrdering(Ordering value) {
    return new AutoregressiveConfig(
        dim,
        contextSize,
        layers,
        hidden,
        activation,
        transform,
        value,
        samplesFast,
        batchNormalized,
        dropout,
        circular);
  }

  /** The same with a {@link BatchNormalization} after each layer. */
  public AutoregressiveConfig withBatchNormalization() {
    return new AutoregressiveConfig(
        dim, contextSize, layers, hidden, activation, transform, ordering, samplesFast, true, dropout, circular);
  }

  /** The same with dropout in training, 0 for none. */
  public AutoregressiveConfig withDropout(double value) {
    return new AutoregressiveConfig(
        dim,
        contextSize,
        layers,
        hidden,
        activation,
        transform,
        ordering,
        samplesFast,
        batchNormalized,
        value,
        circular);
  }

  @Override
  public AutoregressiveConfig withCircular(List<Integer> columns) {
    return new AutoregressiveConfig(
        dim,
        contextSize,
        layers,
        hidden,
        activation,
        transform,
        ordering,
        samplesFast,
        batchNormalized,
        dropout,
        columns);
  }

  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    List<Bijection> parts = new ArrayList<>();
    CircularColumns kinds = new CircularColumns(dim, circular);
    Columns columns = Columns.of(dim, transform, circular);
    for (int i = 0; i < layers; i++) {
      String name = "layers." + i;
      if (ordering == Ordering.RANDOM) {
        parts.add(kinds.permutation(parameters, name + ".permutation", random));
      }
      int[] order = new int[dim];
      // A permutation leaves angles at places of angles, so that layers have to turn round too.
      boolean turns = ordering == Ordering.ALTERNATE || !circular.isEmpty();
      boolean backwards = turns && i % 2 == 1;
      Arrays.setAll(order, j -> backwards ? dim - 1 - j : j);
      Autoregressive layer =
          Autoregressive.create(
              parameters,
              name,
              order,
              contextSize,
              hidden,
              activation,
              columns,
              Dropout.of(dropout),
              random);
      parts.add(samplesFast ? layer.sampling() : layer);
      if (batchNormalized) {
        parts.add(BatchNormalization.create(parameters, name + ".batch_norm", dim));
      }
    }
    return new Composition(parts);
  }

  /** The order of columns in the layers of an autoregressive flow. */
  public enum Ordering {
    /** From first to last and from last to first in turn. */
    ALTERNATE,
    /**
     * Drawn anew for each layer, by a permutation before it. With angles these and the numbers are
     * permuted among themselves, and layers go through them in turn from first to last and from last
     * to first.
     */
    RANDOM;

    /** Returns the name used in configurations, such as {@code random}. */
    @JsonValue
    public String id() {
      return Ids.of(this);
    }

    /**
     * Finds an ordering by its {@link #id()}.
     *
     * @param id a name such as {@code alternate}
     * @return the ordering
     * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT if there is none, naming those
     *     there are
     */
    @JsonCreator
    public static Ordering of(String id) {
      return Ids.find(values(), Ordering::id, "ordering", id);
    }
  }
}
