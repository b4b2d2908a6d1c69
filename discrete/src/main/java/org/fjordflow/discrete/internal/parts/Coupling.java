package org.fjordflow.discrete.internal.parts;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.networks.Dropout;
import org.fjordflow.discrete.internal.networks.OutputLayers;
import org.jspecify.annotations.Nullable;

/**
 * A coupling layer (Dinh et al. 2015): one half of the columns stays, and a network of it, and of
 * the context, gives the parameters of a transform of the other half. Both directions are as fast
 * as the network. The halves are the first {@code dim / 2} columns and the rest. One column with a
 * context is moved by a network of the context alone.
 *
 * <p>Starts as the identity, or near it.
 */
public final class Coupling implements Bijection {

  private final int dim;
  private final int contextSize;
  private final boolean movesFirst;
  private final Mlp network;
  private final Columns kept;
  private final Columns moved;
  private final Dropout dropout;

  private Coupling(
      int dim,
      int contextSize,
      boolean movesFirst,
      Mlp network,
      Columns kept,
      Columns moved,
      Dropout dropout) {
    this.dim = dim;
    this.contextSize = contextSize;
    this.movesFirst = movesFirst;
    this.network = network;
    this.kept = kept;
    this.moved = moved;
    this.dropout = dropout;
  }

  /**
   * Creates a layer.
   *
   * @param parameters where {@code name.0.weight} and so on of the network are added. Modified.
   * @param name prefix of the names
   * @param columns what is done to each column; at least 2 columns, or 1 with a context
   * @param contextSize columns of the context, zero for none
   * @param movesFirst whether the first half is transformed; else the second
   * @param hidden hidden sizes of the network
   * @param activation of the network
   * @param startsAtIdentity whether the network's last layer starts with weights of zero
   * @param dropout in training, after each hidden layer
   * @param random source of the initial values
   * @throws FjordException INVALID_ARGUMENT for fewer columns, or sizes that are not positive
   */
  public static Coupling create(
      Parameters parameters,
      String name,
      Columns columns,
      int contextSize,
      boolean movesFirst,
      List<Integer> hidden,
      Activation activation,
      boolean startsAtIdentity,
      Dropout dropout,
      RandomGenerator random) {
    int dim = columns.count();
    if (dim < 1 || (dim == 1 && contextSize == 0)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a coupling layer of %d columns; expected at least 2, one for each half, or 1 with a context"
              .formatted(dim));
    }
    boolean firstHalf = movesFirst && dim > 1;
    int first = dim / 2;
    Columns left = columns.part(0, first);
    Columns right = columns.part(first, dim);
    Columns kept = firstHalf ? right : left;
    Columns moved = firstHalf ? left : right;
    List<Integer> sizes =
        new ArrayList<>(List.of(kept.columnsOfFeatures().length + contextSize));
    sizes.addAll(hidden);
    sizes.add(moved.parameters());
    Mlp network = Mlp.create(parameters, name, sizes, activation, random);
    Dense last = network.layers().get(network.layers().size() - 1);
    if (startsAtIdentity) {
      OutputLayers.startAt(parameters.backend(), last, moved.identity());
    } else {
      OutputLayers.startNear(parameters.backend(), last, moved.identity());
    }
    return new Coupling(dim, contextSize, firstHalf, network, kept, moved, dropout);
  }

  @Override
  public int dim() {
    return dim;
  }

  @Override
  public int contextSize() {
    return contextSize;
  }

  @Override
  public boolean isRowwise() {
    return true;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    return apply(pass, x, context, true);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    return apply(pass, z, context, false);
  }

  private Transformed apply(Pass pass, Var x, @Nullable Var context, boolean forward) {
    requireFits(x, context);
    Tape tape = pass.tape();
    if (dim == 1) {
      return moved(pass, x, Objects.requireNonNull(context), forward).asWanted(pass);
    }
    int first = dim / 2;
    Var left = tape.columns(x, 0, first);
    Var right = tape.columns(x, first, dim);
    Var stays = movesFirst ? right : left;
    Var seen = kept.features(tape, stays);
    Var inputs = context == null ? seen : tape.concat(seen, context);
    Transformed image = moved(pass, movesFirst ? left : right, inputs, forward);
    Var value = movesFirst ? tape.concat(image.value(), stays) : tape.concat(stays, image.value());
    return image.withValue(value).asWanted(pass);
  }

  private Transformed moved(Pass pass, Var x, Var inputs, boolean forward) {
    Tape tape = pass.tape();
    Var parameters = network.apply(tape, inputs, hidden -> dropout.apply(pass, hidden));
    return moved.apply(tape, x, parameters, forward);
  }
}
