package org.fjordflow.core.nn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;

/**
 * Dense layers in sequence; the activation follows every layer but the last.
 *
 * @param layers at least one
 * @param activation what follows each but the last
 */
public record Mlp(List<Dense> layers, Activation activation) {

  /**
   * Copies the list.
   *
   * @throws FjordException INVALID_ARGUMENT if there is no layer
   */
  public Mlp {
    layers = List.copyOf(layers);
    if (layers.isEmpty()) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "a network of no layers");
    }
  }

  /**
   * Creates a network.
   *
   * @param parameters where {@code name.0.weight}, {@code name.0.bias} and so on are added.
   *     Modified.
   * @param name prefix of the names
   * @param sizes inputs, hidden sizes, outputs: at least two
   * @param activation what follows each layer but the last
   * @param random source of the initial values
   * @return the network
   * @throws FjordException INVALID_ARGUMENT if there are fewer sizes or one is not positive
   */
  public static Mlp create(
      Parameters parameters,
      String name,
      List<Integer> sizes,
      Activation activation,
      RandomGenerator random) {
    if (sizes.size() < 2 || sizes.stream().anyMatch(size -> size < 1)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "network '%s' of sizes %s; expected at least two positive ones".formatted(name, sizes));
    }
    List<Dense> layers = new ArrayList<>();
    for (int i = 0; i + 1 < sizes.size(); i++) {
      layers.add(Dense.create(parameters, name + "." + i, sizes.get(i), sizes.get(i + 1), random));
    }
    return new Mlp(layers, activation);
  }

  /**
   * Applies the network.
   *
   * @param tape where operations are made
   * @param x n x inputs
   * @return n x outputs
   */
  public Var apply(Tape tape, Var x) {
    return apply(tape, x, UnaryOperator.identity());
  }

  /**
   * Applies the network.
   *
   * @param tape where operations are made
   * @param x n x inputs
   * @param hidden is done to each hidden layer behind its activation, such as dropout
   * @return n x outputs
   */
  public Var apply(Tape tape, Var x, UnaryOperator<Var> hidden) {
    Var h = x;
    for (Dense layer : layers.subList(0, layers.size() - 1)) {
      h = hidden.apply(layer.apply(tape, h, activation.function()));
    }
    return layers.get(layers.size() - 1).apply(tape, h, Elementwise.IDENTITY);
  }
}
