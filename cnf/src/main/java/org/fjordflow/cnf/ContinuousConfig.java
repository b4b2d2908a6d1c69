package org.fjordflow.cnf;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.model.BijectionConfig;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.TimeLayerKind;

/**
 * What a continuous flow is made of.
 *
 * @param dim columns of data
 * @param contextSize columns of context, zero for an unconditional flow
 * @param field the network of each block
 * @param chain the blocks
 * @param solve how they are solved
 */
public record ContinuousConfig(
    int dim, int contextSize, Field field, Chain chain, SolveSettings solve)
    implements BijectionConfig {

  /**
   * Checks every value.
   *
   * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION, which says the value, what was
   *     given and expected. Absent values are told like wrong ones, since they come from files.
   */
  public ContinuousConfig {
    ConfigChecks.require(dim >= 1, "dim", dim, "at least 1");
    ConfigChecks.require(contextSize >= 0, "contextSize", contextSize, "0 or more");
    ConfigChecks.require(field != null, "field", field, "an object");
    ConfigChecks.require(chain != null, "chain", chain, "an object");
    ConfigChecks.require(solve != null, "solve", solve, "how the flow is solved");
    // Directions that cannot be drawn for so many columns are refused here.
    solve.training().divergence().directions(dim);
    solve.evaluation().divergence().directions(dim);
    ConfigChecks.require(
        solve.training().penalty().hjb() == 0 || field.layer().equals(Field.POTENTIAL),
        "penalty.hjb",
        solve.training().penalty().hjb(),
        "0 where the layer is " + field.layer() + ": the field of a " + Field.POTENTIAL + " has it");
  }

  @Override
  public ContinuousConfig withContext(int size) {
    return new ContinuousConfig(dim, size, field, chain, solve);
  }

  /** The same, solved otherwise. */
  public ContinuousConfig withSolve(SolveSettings other) {
    return new ContinuousConfig(dim, contextSize, field, chain, other);
  }

  /** {@inheritDoc} A {@link ContinuousFlow}, or a {@link Composition} of one a block. */
  @Override
  public Bijection bijection(Parameters parameters, RandomGenerator random) {
    List<Bijection> blocks = blocks(parameters, random);
    return blocks.size() == 1 ? blocks.get(0) : new Composition(blocks);
  }

  List<Bijection> blocks(Parameters parameters, RandomGenerator random) {
    List<Bijection> blocks = new ArrayList<>();
    for (int b = 0; b < chain.blocks(); b++) {
      String name = "chain." + b;
      EndTime endTime =
          chain.trainEndTime()
              ? EndTime.trained(parameters, name + ".sqrt_end_time", chain.endTime())
              : new EndTime.Fixed(chain.endTime());
      blocks.add(
          new ContinuousFlow(
              dim,
              contextSize,
              FieldKind.create(this, parameters, name + ".odefunc.diffeq.layers", random),
              endTime,
              solve));
    }
    return blocks;
  }

  /**
   * The network that is a continuous flow's field.
   *
   * @param layer {@code mlp}, one of FFJORD's layers such as {@code concatsquash}, or {@code
   *     potential}: the gradient of OT-Flow's potential (Onken, Wu Fung, Li and Ruthotto 2021),
   *     whose residual layers are of one width and whose divergence is known in closed form. Its
   *     activation is then {@code tanh}, the derivative of theirs
   * @param hidden widths of the hidden layers
   * @param activation non-linearity, such as {@code tanh}
   * @param inputGain factor of the initial values of each field's first linear map, as SIREN's
   *     omega_0 (Sitzmann et al. 2020, 3.2). 1 leaves PyTorch's; with 2 to 6 a field begins with
   *     finer features of its input, and learns densities with many gaps in fewer steps
   */
  public record Field(String layer, List<Integer> hidden, String activation, double inputGain) {

    /** A plain network that gets time as one more input. */
    public static final String MLP = "mlp";

    /** The gradient of a potential. */
    public static final String POTENTIAL = "potential";

    /**
     * Checks every value.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION, or INVALID_ARGUMENT for an
     *     unknown activation; says the name, what was given and expected
     */
    public Field {
      requireLayer(layer);
      hidden = ConfigChecks.list("hidden", hidden);
      ConfigChecks.require(
          hidden.stream().allMatch(width -> width >= 1), "hidden", hidden, "widths of 1 or more");
      Activation.of(activation);
      if (layer.equals(POTENTIAL)) {
        ConfigChecks.require(
            hidden.stream().distinct().count() == 1,
            "hidden",
            hidden,
            "one or more equal widths, since the layers of a potential are residual");
        ConfigChecks.require(
            activation.equals(Activation.TANH.id()),
            "activation",
            activation,
            "tanh, the derivative of the activation that a potential has");
      }
      ConfigChecks.require(
          inputGain > 0 && inputGain < Double.POSITIVE_INFINITY,
          "inputGain",
          inputGain,
          "positive, finite");
    }

    /**
     * Checks the name of a layer.
     *
     * @throws FjordException INVALID_CONFIGURATION if it is none of those there are
     */
    public static void requireLayer(String layer) {
      List<String> known =
          Stream.concat(
                  Stream.of(MLP, POTENTIAL), Arrays.stream(TimeLayerKind.values()).map(TimeLayerKind::id))
              .toList();
      if (!known.contains(layer)) {
        throw new FjordException(
            ErrorKey.INVALID_CONFIGURATION, Suggestions.unknown("layer", layer, known));
      }
    }
  }

  /**
   * The blocks of a continuous flow: flows in sequence, each of a field of its own.
   *
   * @param blocks how many there are
   * @param endTime end time of each; the initial one where it is trained
   * @param trainEndTime whether each block's end time is trained
   */
  public record Chain(int blocks, double endTime, boolean trainEndTime) {

    /**
     * Checks the ranges.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION if there is no block, or the
     *     end time is not positive and finite
     */
    public Chain {
      ConfigChecks.require(blocks >= 1, "blocks", blocks, "at least 1");
      ConfigChecks.require(
          endTime > 0 && endTime < Double.POSITIVE_INFINITY,
          "endTime",
          endTime,
          "positive, finite");
    }
  }
}
