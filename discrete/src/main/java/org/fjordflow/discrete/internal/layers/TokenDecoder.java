package org.fjordflow.discrete.internal.layers;

import java.util.List;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/** Outputs of a {@link CausalTransformer} token after token, with cached keys and values. */
public final class TokenDecoder {

  private final CausalTransformer network;
  private final int rows;
  private final @Nullable Matrix context;
  private final List<Matrix> caches;
  private int token;

  /**
   * Creates a decoder of some sequences.
   *
   * @param memory where caches are taken from; not to be reset while this is used
   * @param rows number of sequences
   * @param context one row a sequence, or null for none. Not modified.
   */
  public TokenDecoder(CausalTransformer network, Tape memory, int rows, @Nullable Matrix context) {
    this.network = network;
    this.rows = rows;
    this.context = context;
    this.caches = network.caches(memory, rows);
  }

  /**
   * The outputs of the next token.
   *
   * @param tape where they are computed; it only evaluates
   * @param previous the token before it, rows x token size, or null for the first. Not modified.
   * @return rows x outputs
   */
  public Var next(Tape tape, @Nullable Matrix previous) {
    return network.step(tape, token++, rows, previous, context, caches);
  }
}
