package org.fjordflow.discrete.internal.layers;

import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Transformed;
import org.jspecify.annotations.Nullable;

/** What becomes of a token of the base, once those of the data before it are known. */
@FunctionalInterface
public interface TokenInverse {

  /**
   * Inverts the next token.
   *
   * @param tape where it is computed; it only evaluates
   * @param previous the token of the data before this one, or null for the first. Not modified.
   * @param z this token of the base, rows x token size
   * @return its image, and the sum of log dx/dz if it is wanted
   */
  Transformed next(Tape tape, @Nullable Matrix previous, Var z);

  /** Makes the inverse of tokens of some rows. */
  @FunctionalInterface
  interface Start {
    /**
     * Begins with the first token.
     *
     * @param memory for what is kept until the last token
     * @param from first row, inclusive
     * @param to last row, exclusive
     */
    TokenInverse at(Tape memory, int from, int to);
  }

  /**
   * Inverts all tokens of some rows, one after the other.
   *
   * @param tape where each token is computed; reset before each
   * @param tokenSize columns of a token
   * @param z rows of the base. Not modified.
   * @param known for the token before, rows x token size. Modified.
   * @param x the shape of z. Modified.
   * @param logDet rows x 1: the sum of what the tokens gave. Modified.
   */
  default void all(Tape tape, int tokenSize, Matrix z, Matrix known, Matrix x, Matrix logDet) {
    Backend backend = tape.backend();
    backend.fill(0, logDet);
    for (int from = 0; from < z.cols(); from += tokenSize) {
      tape.reset();
      Var token = tape.columns(tape.constant(z), from, from + tokenSize);
      Transformed image = next(tape, from == 0 ? null : known, token);
      backend.copy(image.value().value(), known);
      backend.copyColumns(known, 0, x, from, tokenSize, false);
      if (image.logDet() != null) {
        backend.add(1, image.logDet().value().value(), 1, logDet);
      }
    }
  }
}
