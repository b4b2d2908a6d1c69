package org.fjordflow.discrete.internal.parts;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.parts.Permutation;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * A network whose outputs for a column depend on the columns before it alone: MADE (Germain et al.
 * 2015). Each unit has a degree, and a weight is masked unless its input's degree is not above its
 * output's (below it in the last layer). Columns have degrees 1 to dim in the given order; those of
 * hidden units go round from 1 to dim - 1. The context has degree 0, and with it the first column's
 * outputs depend on it too, through hidden units of degree 0.
 *
 * <p>Masks are multiplied into the weights once a pass, or once for all parts of a training step.
 */
public final class MaskedMlp {

  private final int[] order;
  private final int contextSize;
  private final Columns columns;
  private final List<Dense> layers;
  private final List<Matrix> masks;
  private final Activation activation;

  private MaskedMlp(
      int[] order,
      int contextSize,
      Columns columns,
      List<Dense> layers,
      List<Matrix> masks,
      Activation activation) {
    this.order = order;
    this.contextSize = contextSize;
    this.columns = columns;
    this.layers = List.copyOf(layers);
    this.masks = List.copyOf(masks);
    this.activation = activation;
  }

  /**
   * Creates a network.
   *
   * @param parameters where {@code name.0.weight}, {@code name.0.bias} and so on are added.
   *     Modified.
   * @param name prefix of the names
   * @param order columns from first to last, each once. Not modified.
   * @param contextSize columns of the context, zero for none
   * @param hidden hidden sizes, at least one
   * @param columns what it sees of each column, and how many parameters it has outputs for
   * @param activation what follows each layer but the last
   * @param random source of the initial values
   * @throws FjordException INVALID_ARGUMENT for an order that is none, or sizes that are not
   *     positive
   */
  public static MaskedMlp create(
      Parameters parameters,
      String name,
      int[] order,
      int contextSize,
      List<Integer> hidden,
      Columns columns,
      Activation activation,
      RandomGenerator random) {
    int dim = order.length;
    int[] position = Permutation.of(order).positions();
    if (hidden.isEmpty() || hidden.stream().anyMatch(size -> size < 1) || contextSize < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "masked network '%s' with hidden sizes %s and a context of %d; expected positive sizes"
              .formatted(name, hidden, contextSize));
    }
    int[] seen = columns.columnsOfFeatures();
    int[] degrees = new int[seen.length + contextSize];
    Arrays.setAll(degrees, i -> i < seen.length ? position[seen[i]] + 1 : 0);
    List<Dense> layers = new ArrayList<>();
    List<Matrix> masks = new ArrayList<>();
    for (int i = 0; i <= hidden.size(); i++) {
      boolean last = i == hidden.size();
      // As many weights as this at least, or more; checked before anything of their size is made.
      parameters.require(name + "." + i, degrees.length, last ? dim : hidden.get(i));
      int[] next =
          last
              ? outputDegrees(position, columns)
              : hiddenDegrees(hidden.get(i), dim, contextSize > 0);
      layers.add(Dense.create(parameters, name + "." + i, degrees.length, next.length, random));
      masks.add(mask(parameters.backend(), degrees, next, last));
      degrees = next;
    }
    return new MaskedMlp(order.clone(), contextSize, columns, layers, masks, activation);
  }

  private static int[] outputDegrees(int[] position, Columns columns) {
    int[] degrees = new int[columns.parameters()];
    for (int column = 0; column < position.length; column++) {
      int from = columns.firstParameter(column);
      Arrays.fill(degrees, from, columns.firstParameter(column + 1), position[column] + 1);
    }
    return degrees;
  }

  private static int[] hiddenDegrees(int size, int dim, boolean context) {
    int least = context || dim == 1 ? 0 : 1;
    int[] degrees = new int[size];
    Arrays.setAll(degrees, i -> least + i % Math.max(1, dim - least));
    return degrees;
  }

  private static Matrix mask(Backend backend, int[] from, int[] to, boolean strict) {
    double[] values = new double[to.length * from.length];
    Arrays.setAll(
        values,
        e -> {
          int rise = to[e / from.length] - from[e % from.length];
          return rise > 0 || (rise == 0 && !strict) ? 1 : 0;
        });
    Matrix mask = backend.allocate(to.length, from.length);
    backend.upload(values, 0, mask);
    return mask;
  }

  /** Returns the columns from first to last. */
  public int[] order() {
    return order.clone();
  }

  /** Returns the number of columns. */
  public int dim() {
    return order.length;
  }

  /** Returns the number of columns of the context. */
  public int contextSize() {
    return contextSize;
  }

  int hiddenLayers() {
    return layers.size() - 1;
  }

  Dense lastLayer() {
    return layers.get(layers.size() - 1);
  }

  /** The weights with their masks, for one or more uses on a tape. */
  List<Var> maskedWeights(Tape tape) {
    List<Var> weights = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      weights.add(tape.masked(layers.get(i).weight(), masks.get(i)));
    }
    return weights;
  }

  /**
   * Applies the network.
   *
   * @param tape where operations are made
   * @param x n x dim
   * @param context n x context size, or null for none
   * @return n x parameters of all columns, those of a column side by side
   */
  public Var apply(Tape tape, Var x, @Nullable Var context) {
    return apply(tape, x, context, UnaryOperator.identity());
  }

  /** Applies the network; something is done to each hidden layer, such as dropout. */
  Var apply(Tape tape, Var x, @Nullable Var context, UnaryOperator<Var> behind) {
    List<Var> weights = maskedWeights(tape);
    return output(tape, hidden(tape, weights, x, context, behind), weights);
  }

  /**
   * The last hidden layer.
   *
   * @param behind is done to each hidden layer
   */
  Var hidden(
      Tape tape, List<Var> weights, Var x, @Nullable Var context, UnaryOperator<Var> behind) {
    Var seen = columns.features(tape, x);
    Var h = context == null ? seen : tape.concat(seen, context);
    for (int i = 0; i < layers.size() - 1; i++) {
      h = tape.layer(activation.function(), h, weights.get(i), null, bias(tape, i));
      h = behind.apply(h);
    }
    return h;
  }

  /** The outputs of all columns from the last hidden layer. */
  Var output(Tape tape, Var hidden, List<Var> weights) {
    int last = layers.size() - 1;
    return tape.layer(Elementwise.IDENTITY, hidden, weights.get(last), null, bias(tape, last));
  }

  /** The outputs of one column, on a tape that only evaluates. */
  Var output(Tape tape, Var hidden, List<Var> weights, int column) {
    int from = columns.firstParameter(column);
    int to = columns.firstParameter(column + 1);
    Matrix weight = weights.get(layers.size() - 1).value().rows(from, to);
    Var shift = tape.slice(bias(tape, layers.size() - 1), from, to);
    return tape.layer(Elementwise.IDENTITY, hidden, tape.constant(weight), null, shift);
  }

  private Var bias(Tape tape, int i) {
    return tape.parameter(Objects.requireNonNull(layers.get(i).bias(), "made with a bias"));
  }
}
