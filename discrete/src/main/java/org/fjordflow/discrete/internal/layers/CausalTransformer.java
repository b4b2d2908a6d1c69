package org.fjordflow.discrete.internal.layers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.nn.Dense;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.internal.Initializers;
import org.fjordflow.discrete.parts.Bijections.TransformerConfig;
import org.jspecify.annotations.Nullable;

/**
 * A transformer over tokens of which each gets outputs that depend on the tokens before it and on
 * the context alone: pre-norm layers of causal self-attention and of a network with one hidden
 * layer (Radford et al. 2019), each added to its input.
 *
 * <p>Place t is fed with token t - 1, place 0 with zeros; a trained vector for each place is added,
 * and a linear map of the context. Layer normalisation has no affine map of its own, since a linear
 * layer follows it.
 */
public final class CausalTransformer {

  /** Hidden units of a layer's network for each column of the width. */
  private static final int EXPANSION = 4;

  private static final double EPSILON = 1e-5;

  /** Deviation of the vectors of places before training, that of the paper's code. */
  private static final double INITIAL_PLACES = 0.01;

  /**
   * One layer.
   *
   * @param qkv queries, keys and values
   * @param mixed what heads see, put together
   * @param up into the hidden layer
   * @param down out of it
   */
  private record Layer(Dense qkv, Dense mixed, Dense up, Dense down) {

    Var apply(Tape tape, Var h, UnaryOperator<Var> attention, Elementwise f) {
      Var seen = attention.apply(linear(tape, qkv, tape.layerNorm(h, EPSILON)));
      Var middle = tape.add(h, linear(tape, mixed, seen));
      Var hidden = up.apply(tape, tape.layerNorm(middle, EPSILON), f);
      return tape.add(middle, linear(tape, down, hidden));
    }
  }

  private final int tokens;
  private final int tokenSize;
  private final int contextSize;
  private final int width;
  private final int heads;
  private final Elementwise activation;
  private final Dense input;
  private final Parameter places;
  private final List<Layer> layers;
  private final Dense output;

  /** The token before each, and the context once for each. */
  private final ColumnIndex before;

  private final ColumnIndex contextOfEach;

  /**
   * Creates a network.
   *
   * @param parameters where {@code name.input.weight}, {@code name.places}, {@code
   *     name.layers.0.qkv.weight} and so on are added. Modified.
   * @param name prefix of the names
   * @param tokens number of tokens
   * @param tokenSize columns of a token
   * @param contextSize columns of the context, zero for none
   * @param config depth, width, heads and activation
   * @param outputs columns of the result
   * @param random source of the initial values
   */
  public CausalTransformer(
      Parameters parameters,
      String name,
      int tokens,
      int tokenSize,
      int contextSize,
      TransformerConfig config,
      int outputs,
      RandomGenerator random) {
    this.tokens = tokens;
    this.tokenSize = tokenSize;
    this.contextSize = contextSize;
    this.width = config.width();
    this.heads = config.heads();
    this.activation = config.activation().function();
    this.input =
        Dense.withoutBias(parameters, name + ".input", tokenSize + contextSize, width, random);
    this.places =
        parameters.add(
            name + ".places",
            Initializers.normal(
                INITIAL_PLACES, parameters.require(name + ".places", tokens, width), random),
            tokens,
            width);
    List<Layer> made = new ArrayList<>();
    for (int i = 0; i < config.depth(); i++) {
      String layer = name + ".layers." + i;
      made.add(
          new Layer(
              Dense.create(parameters, layer + ".qkv", width, 3 * width, random),
              Dense.create(parameters, layer + ".mixed", width, width, random),
              Dense.create(parameters, layer + ".up", width, EXPANSION * width, random),
              Dense.create(parameters, layer + ".down", EXPANSION * width, width, random)));
    }
    this.layers = List.copyOf(made);
    this.output = Dense.create(parameters, name + ".output", width, outputs, random);
    int[] earlier = new int[tokens * tokenSize];
    Arrays.setAll(earlier, j -> j < tokenSize ? ColumnIndex.NONE : j - tokenSize);
    this.before = ColumnIndex.of(earlier.length, earlier);
    int[] copies = new int[tokens * contextSize];
    Arrays.setAll(copies, j -> j % contextSize);
    this.contextOfEach = ColumnIndex.of(contextSize, copies);
  }

  private static Var linear(Tape tape, Dense layer, Var x) {
    return layer.apply(tape, x, Elementwise.IDENTITY);
  }

  public int tokens() {
    return tokens;
  }

  public int tokenSize() {
    return tokenSize;
  }

  public int contextSize() {
    return contextSize;
  }

  public int width() {
    return width;
  }

  public int depth() {
    return layers.size();
  }

  /** All trained arrays. */
  public List<Parameter> parameters() {
    List<Parameter> all = new ArrayList<>(List.of(input.weight(), places));
    for (Layer layer : layers) {
      for (Dense part : List.of(layer.qkv(), layer.mixed(), layer.up(), layer.down())) {
        all.add(part.weight());
        all.add(Objects.requireNonNull(part.bias(), "made with a bias"));
      }
    }
    all.add(output.weight());
    all.add(Objects.requireNonNull(output.bias(), "made with a bias"));
    return all;
  }

  public Dense lastLayer() {
    return output;
  }

  /**
   * The outputs of all tokens at once.
   *
   * @param x n x (tokens token size)
   * @param context n x context size, or null for none
   * @return (n tokens) x outputs
   */
  public Var apply(Tape tape, Var x, @Nullable Var context) {
    int n = x.rows();
    Var fed = tape.reshape(tape.gather(x, before), n * tokens, tokenSize);
    if (context != null) {
      Var copies = tape.gather(context, contextOfEach);
      fed = tape.concat(fed, tape.reshape(copies, n * tokens, contextSize));
    }
    Var first = tape.reshape(linear(tape, input, fed), n, tokens * width);
    Var place = tape.reshape(tape.parameter(places), 1, tokens * width);
    Var h = tape.reshape(tape.add(first, place), n * tokens, width);
    for (Layer layer : layers) {
      h = layer.apply(tape, h, qkv -> tape.attention(qkv, tokens, heads), activation);
    }
    return linear(tape, output, h);
  }

  /** Memory for the keys and values of some sequences, one array a layer. */
  public List<Matrix> caches(Tape tape, int n) {
    return layers.stream().map(layer -> tape.take(tokens * n, 2 * width)).toList();
  }

  /**
   * The outputs of one token, on a tape that only evaluates.
   *
   * @param token its place; those before it have been given
   * @param previous the token before it, n x token size, or null for the first
   * @param context n x context size, or null for none
   * @param caches as made by {@link #caches}. Modified.
   * @return n x outputs
   */
  public Var step(
      Tape tape,
      int token,
      int n,
      @Nullable Matrix previous,
      @Nullable Matrix context,
      List<Matrix> caches) {
    Var fed = previous == null ? zeros(tape, n, tokenSize) : tape.constant(previous);
    if (context != null) {
      fed = tape.concat(fed, tape.constant(context));
    }
    Var place = tape.constant(places.value().rows(token, token + 1));
    Var h = tape.add(linear(tape, input, fed), place);
    for (int i = 0; i < layers.size(); i++) {
      Matrix cache = caches.get(i);
      UnaryOperator<Var> attention =
          qkv -> {
            Matrix seen = tape.take(n, width);
            tape.backend().attentionStep(qkv.value(), token, heads, cache, seen);
            return tape.constant(seen);
          };
      h = layers.get(i).apply(tape, h, attention, activation);
    }
    return linear(tape, output, h);
  }

  private static Var zeros(Tape tape, int rows, int cols) {
    Matrix zeros = tape.take(rows, cols);
    tape.backend().fill(0, zeros);
    return tape.constant(zeros);
  }
}
