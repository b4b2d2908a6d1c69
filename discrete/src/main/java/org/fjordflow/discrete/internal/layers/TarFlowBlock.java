package org.fjordflow.discrete.internal.layers;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.discrete.internal.LogScales;
import org.fjordflow.discrete.internal.networks.OutputLayers;
import org.fjordflow.discrete.parts.Bijections.TransformerConfig;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.jspecify.annotations.Nullable;

/**
 * A block of TarFlow (Zhai et al. 2024): columns are a sequence of tokens, and a causal transformer
 * gives each column of a token mu and alpha from the tokens before it, with which {@code z = (x -
 * mu) exp(-alpha)}.
 *
 * <p>Fast direction: forward, all tokens in one pass. The inverse goes token after token with
 * cached keys and values, all rows together; it is exact. In a recorded pass it costs as much, and
 * its gradient one sweep through the forward direction for each token.
 *
 * <p>Other than in the paper, the first token is not left as it is: what it gets depends on the
 * context alone. Log-scales are bounded as in {@link ColumnTransform#affine}. The context is any
 * row of numbers, of which a linear map is added to every place: for classes one-hot, zeros for
 * none, where the paper's code takes the mean of the classes' vectors.
 *
 * <p>Starts as the identity.
 */
public final class TarFlowBlock implements Bijection {

  /** Tokens that are evaluated at once, all rows together. */
  private static final int TOKENS_AT_ONCE = 1 << 10;

  /** Elements of keys and values that are held at once. */
  private static final int CACHED = 1 << 22;

  private static final int MOST_ROWS = 512;

  /** Work on some rows, of which it writes value and log-determinant. */
  @FunctionalInterface
  private interface Part {
    void run(Tape tape, int from, int to, Matrix value, Matrix logDet);
  }

  private final CausalTransformer network;
  private final TapePool tapes;
  private final ColumnTransform transform = ColumnTransform.affine();

  private TarFlowBlock(CausalTransformer network, TapePool tapes) {
    this.network = network;
    this.tapes = tapes;
  }

  /**
   * Creates a block.
   *
   * @param parameters where {@code name.input.weight}, {@code name.places}, {@code
   *     name.layers.0.qkv.weight} and so on are added. Modified.
   * @param name prefix of the names
   * @param tokens number of tokens, at least 1
   * @param tokenSize columns of a token, at least 1
   * @param contextSize columns of the context, zero for none
   * @param transformer what gives the parameters
   * @param random source of the initial values
   * @throws FjordException INVALID_ARGUMENT for sizes outside their ranges
   */
  public static TarFlowBlock create(
      Parameters parameters,
      String name,
      int tokens,
      int tokenSize,
      int contextSize,
      TransformerConfig transformer,
      RandomGenerator random) {
    TapePool own = new TapePool(parameters.backend());
    return create(parameters, name, tokens, tokenSize, contextSize, transformer, random, own);
  }

  /** The same with tapes that several blocks share. */
  public static TarFlowBlock create(
      Parameters parameters,
      String name,
      int tokens,
      int tokenSize,
      int contextSize,
      TransformerConfig transformer,
      RandomGenerator random,
      TapePool tapes) {
    if (tokens < 1 || tokenSize < 1 || contextSize < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a block '%s' of %d tokens of %d columns, context %d; expected at least 1, 1 and 0"
              .formatted(name, tokens, tokenSize, contextSize));
    }
    ColumnTransform transform = ColumnTransform.affine();
    CausalTransformer network =
        new CausalTransformer(
            parameters,
            name,
            tokens,
            tokenSize,
            contextSize,
            transformer,
            transform.parameters() * tokenSize,
            random);
    OutputLayers.startAtIdentity(parameters.backend(), network.lastLayer(), transform, tokenSize);
    return new TarFlowBlock(network, tapes);
  }

  public CausalTransformer network() {
    return network;
  }

  /** Returns the log-scale that a parameter stands for. */
  public static double logScale(double parameter) {
    return LogScales.bounded(parameter, ColumnTransform.AFFINE_BOUND);
  }

  @Override
  public int dim() {
    return network.tokens() * network.tokenSize();
  }

  @Override
  public int contextSize() {
    return network.contextSize();
  }

  @Override
  public boolean isRowwise() {
    return true;
  }

  @Override
  public Transformed forward(Pass pass, Var x, @Nullable Var context) {
    requireFits(x, context);
    Tape tape = pass.tape();
    if (tape.isRecording()) {
      return transformed(tape, x, network.apply(tape, x, context)).asWanted(pass);
    }
    Matrix value = tape.take(x.rows(), dim());
    Matrix logDet = tape.take(x.rows(), 1);
    Part part =
        (own, from, to, values, logDets) -> {
          own.reset();
          Var rows = own.constant(x.value().rows(from, to));
          Var given = context == null ? null : own.constant(context.value().rows(from, to));
          Transformed image = transformed(own, rows, network.apply(own, rows, given));
          own.backend().copy(image.value().value(), values);
          if (image.logDet() != null) {
            own.backend().copy(image.logDet().value().value(), logDets);
          }
        };
    inParts(part, TOKENS_AT_ONCE / network.tokens(), value, logDet);
    return constants(pass, value, logDet);
  }

  /**
   * The image of rows with their parameters.
   *
   * @param affine (n tokens) x (2 token size): mu and what alpha is made of, for each column
   */
  public Transformed transformed(Tape tape, Var x, Var affine) {
    int n = x.rows();
    int tokens = network.tokens();
    Var elements = tape.reshape(x, n * tokens, network.tokenSize());
    // With mu and alpha the transform is z exp(alpha) + mu; what is wanted here is its inverse.
    return transform.inverse(tape, elements, affine).overGroups(tape, tokens);
  }

  @Override
  public Transformed inverse(Pass pass, Var z, @Nullable Var context) {
    requireFits(z, context);
    Tape tape = pass.tape();
    Matrix given = context == null ? null : context.value();
    Matrix x = tape.take(z.rows(), dim());
    Matrix logDet = tape.take(z.rows(), 1);
    invert(
        z.value(),
        x,
        logDet,
        (memory, from, to) -> {
          TokenDecoder decoder = decoder(memory, from, to, given);
          return (step, previous, token) ->
              transform.forward(step, token, decoder.next(step, previous));
        });
    if (!tape.isRecording()) {
      return constants(pass, x, logDet);
    }
    List<Var> inputs = new ArrayList<>();
    network.parameters().forEach(parameter -> inputs.add(tape.parameter(parameter)));
    inputs.add(z);
    if (context != null) {
      inputs.add(context);
    }
    List<Var> outputs =
        tape.custom(
            inputs, List.of(x, logDet), new TarFlowInverseGradient(this, tape.backend(), x, given));
    return Transformed.exact(outputs.get(0), pass.logDet() ? outputs.get(1) : null);
  }

  /**
   * What gives the parameters of one token after the other.
   *
   * @param memory where it keeps keys and values
   * @param context of all rows, or null
   */
  public TokenDecoder decoder(Tape memory, int from, int to, @Nullable Matrix context) {
    return new TokenDecoder(
        network, memory, to - from, context == null ? null : context.rows(from, to));
  }

  /**
   * Inverts all rows, in parts that bound the memory of keys and values.
   *
   * @param z n x dim. Not modified.
   * @param x n x dim. Modified.
   * @param logDet n x 1. Modified.
   * @param start of the inverse of tokens
   */
  public void invert(Matrix z, Matrix x, Matrix logDet, TokenInverse.Start start) {
    int size = network.tokenSize();
    Part part =
        (memory, from, to, values, logDets) -> {
          memory.reset();
          Matrix known = memory.take(to - from, size);
          Tape step = tapes.take();
          start.at(memory, from, to).all(step, size, z.rows(from, to), known, values, logDets);
          tapes.give(step);
        };
    int cached = 2 * network.depth() * network.tokens() * network.width();
    inParts(part, Math.min(MOST_ROWS, CACHED / cached), x, logDet);
  }

  /** Runs parts of at most so many rows: their bounds do not depend on threads, nor do results. */
  private void inParts(Part part, int most, Matrix value, Matrix logDet) {
    int n = value.rows();
    int size = Math.max(1, most);
    int parts = (n + size - 1) / size;
    Backend backend = tapes.backend();
    int tasks = Math.min(parts, backend.threads());
    backend.parallel(
        tasks,
        task -> {
          Tape tape = tapes.take();
          for (int i = parts * task / tasks; i < parts * (task + 1) / tasks; i++) {
            int from = i * size;
            int to = Math.min(n, from + size);
            part.run(tape, from, to, value.rows(from, to), logDet.rows(from, to));
          }
          tapes.give(tape);
        });
  }

  private static Transformed constants(Pass pass, Matrix value, Matrix logDet) {
    Tape tape = pass.tape();
    return Transformed.exact(tape.constant(value), pass.logDet() ? tape.constant(logDet) : null);
  }
}
