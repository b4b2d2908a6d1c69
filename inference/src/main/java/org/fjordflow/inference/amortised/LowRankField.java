package org.fjordflow.inference.amortised;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * A network of [z, t] with tanh whose weights and biases are changed for each row: {@code (W + V
 * U') x + b + c}, where U, V and c are linear in the encoder's features (Grathwohl et al. 2019,
 * section 4.2). Its context is all U', V and c, layer by layer, made once a solve.
 */
final class LowRankField implements VectorField {

  /** How much smaller than a linear layer's the last layer begins. */
  private static final double START = 0.1;

  /**
   * Factor of the changes. They have hundreds of features, all of which move in each step; without
   * it, at learning rates that suit the other layers, fields change faster than they learn.
   */
  private static final double CHANGE = 0.1;

  private final List<Dense> layers;
  private final int rank;
  private final Dense changes;

  /** For each layer its inputs, once for each rank, and ranks, once for each output. */
  private final List<ColumnIndex> inputs;

  private final List<ColumnIndex> ranks;

  private LowRankField(List<Dense> layers, int rank, Dense changes) {
    this.layers = List.copyOf(layers);
    this.rank = rank;
    this.changes = changes;
    this.inputs = layers.stream().map(l -> copies(l.weight().value().cols(), rank)).toList();
    this.ranks = layers.stream().map(l -> copies(rank, l.weight().value().rows())).toList();
  }

  private static ColumnIndex copies(int columns, int times) {
    int[] sources = new int[columns * times];
    Arrays.setAll(sources, e -> e % columns);
    return ColumnIndex.of(columns, sources);
  }

  /**
   * Products of rows with matrices of their own, as {@link Tape#rowProduct} has them: for a low
   * rank, element by element is several times faster than a small product for each row.
   */
  private static Var product(Tape tape, Var x, Var weights, ColumnIndex copies) {
    Var terms = tape.multiply(tape.gather(x, copies), weights);
    int sums = weights.cols() / x.cols();
    Var each = tape.reshape(terms, x.rows() * sums, x.cols());
    return tape.reshape(tape.rowSum(each), x.rows(), sums);
  }

  /**
   * Creates a field.
   *
   * @param parameters where {@code name.0.weight} and so on and {@code name.changes} are added.
   *     Modified.
   */
  static LowRankField create(
      Parameters parameters,
      String name,
      int dim,
      List<Integer> hidden,
      int rank,
      int features,
      RandomGenerator random) {
    List<Integer> sizes = new ArrayList<>(Arrays.asList(dim));
    sizes.addAll(hidden);
    sizes.add(dim);
    List<Dense> layers = new ArrayList<>();
    int context = 0;
    for (int i = 0; i + 1 < sizes.size(); i++) {
      int in = sizes.get(i) + 1;
      int out = sizes.get(i + 1);
      layers.add(Dense.create(parameters, name + "." + i, in, out, random));
      context += rank * (in + out) + out;
    }
    // Posteriors begin near normal ones: other fields are unlearned first, which takes many steps.
    layers.get(layers.size() - 1).scale(parameters.backend(), START);
    Dense changes = Dense.create(parameters, name + ".changes", features, context, random);
    return new LowRankField(layers, rank, changes);
  }

  int contextSize() {
    return changes.weight().value().rows();
  }

  /** What the features change, n x {@link #contextSize}. */
  Var changes(Tape tape, Var features) {
    return tape.affine(CHANGE, changes.apply(tape, features, Elementwise.IDENTITY), 0);
  }

  @Override
  public Var apply(Tape tape, Var t, Var z, @Nullable Var context) {
    Var h = z;
    int at = 0;
    for (int i = 0; i < layers.size(); i++) {
      Var x = tape.concat(h, tape.repeat(t, z.rows()));
      Var y = layers.get(i).apply(tape, x, Elementwise.IDENTITY);
      if (context != null) {
        int in = x.cols();
        int out = y.cols();
        Var across = tape.columns(context, at, at + rank * in);
        Var back = tape.columns(context, at + rank * in, at + rank * (in + out));
        at += rank * (in + out) + out;
        Var change = product(tape, product(tape, x, across, inputs.get(i)), back, ranks.get(i));
        y = tape.add(tape.add(y, change), tape.columns(context, at - out, at));
      }
      h = i < layers.size() - 1 ? tape.apply(Elementwise.TANH, y) : y;
    }
    return h;
  }

  @Override
  public int width() {
    return layers.stream().mapToInt(l -> l.weight().value().rows()).max().orElse(1);
  }
}
