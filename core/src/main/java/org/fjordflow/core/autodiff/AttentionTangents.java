package org.fjordflow.core.autodiff;

import java.util.Arrays;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/**
 * Causal self-attention of a value with tangents: one head of one sequence after the other, made of
 * the backend's other primitives. With {@code c = 1 / sqrt(size)}, element-wise products {@code *}
 * and sums over rows {@code sum}:
 *
 * <pre>
 * p = softmax(c q k^T)               s_t = c (q_t k^T + q k_t^T)
 * p_t = p * (s_t - sum(p * s_t))     y_t = p_t v + p v_t
 * </pre>
 *
 * <p>The reverse is that of these formulas; a bar marks an adjoint there.
 */
final class AttentionTangents {

  /** One head's part of the queries, keys and values of a sequence, or of a tangent of these. */
  private final class Triple {
    private final Matrix q = take(tokens, size);
    private final Matrix k = take(tokens, size);
    private final Matrix v = take(tokens, size);

    void read(int row, int column) {
      Matrix rows = stack.rows(row, row + tokens);
      backend.copyColumns(rows, column, q, 0, size, false);
      backend.copyColumns(rows, width + column, k, 0, size, false);
      backend.copyColumns(rows, 2 * width + column, v, 0, size, false);
    }

    void addTo(Matrix target, int row, int column) {
      Matrix rows = target.rows(row, row + tokens);
      backend.copyColumns(q, 0, rows, column, size, true);
      backend.copyColumns(k, 0, rows, width + column, size, true);
      backend.copyColumns(v, 0, rows, 2 * width + column, size, true);
    }
  }

  private final Var qkv;
  private final Tape tape;
  private final Backend backend;
  private final Matrix stack;
  private final int tokens;
  private final int width;
  private final int size;
  private final double factor;
  private final Matrix mask;
  private final Triple value;
  private final Triple tangent;
  // Weights p and scores s_t of the head at hand, and a column for sums over rows.
  private final Matrix weights;
  private final Matrix scores;
  private final Matrix column;

  AttentionTangents(Var qkv, int tokens, int heads) {
    this.qkv = qkv;
    this.tape = qkv.tape();
    this.backend = tape.backend();
    this.stack = qkv.stack();
    this.tokens = tokens;
    this.width = qkv.cols() / 3;
    this.size = width / heads;
    this.factor = 1 / Math.sqrt(size);
    double[] hidden = new double[tokens * tokens];
    for (int i = 0; i < tokens; i++) {
      Arrays.fill(hidden, i * tokens + i + 1, (i + 1) * tokens, Double.NEGATIVE_INFINITY);
    }
    this.mask = take(tokens, tokens);
    backend.upload(hidden, 0, mask);
    this.value = new Triple();
    this.tangent = new Triple();
    this.weights = take(tokens, tokens);
    this.scores = take(tokens, tokens);
    this.column = take(tokens, 1);
  }

  private Matrix take(int rows, int cols) {
    return tape.takeBriefly(rows, cols);
  }

  private void readValue(int row, int at) {
    value.read(row, at);
    backend.copy(mask, weights);
    backend.gemm(false, true, factor, value.q, value.k, 1, weights);
    backend.softmax(weights, weights, column);
  }

  /** Reads a tangent and writes s_t, less in each row what makes p * s_t the p_t. */
  private void readTangent(int row, int at) {
    tangent.read(row, at);
    backend.gemm(false, true, factor, tangent.q, value.k, 0, scores);
    backend.gemm(false, true, factor, value.q, tangent.k, 1, scores);
    backend.rowDots(-1, weights, scores, 0, column);
    backend.add(1, column, 1, scores);
  }

  /**
   * Writes the tangents of the result.
   *
   * @param y the result's stack. Its rows of tangents are modified.
   */
  void forward(Matrix y) {
    int n = qkv.rows();
    Matrix moved = take(tokens, tokens);
    Matrix out = take(tokens, size);
    for (int from = 0; from < n; from += tokens) {
      for (int at = 0; at < width; at += size) {
        readValue(from, at);
        for (int t = 1; t <= qkv.tangents(); t++) {
          readTangent(t * n + from, at);
          backend.multiply(1, scores, weights, 0, moved);
          backend.gemm(false, false, 1, moved, value.v, 0, out);
          backend.gemm(false, false, 1, weights, tangent.v, 1, out);
          Matrix rows = y.rows(t * n + from, t * n + from + tokens);
          backend.copyColumns(out, 0, rows, at, size, false);
        }
      }
    }
  }

  /**
   * Adds to the adjoint of the operand.
   *
   * @param bar adjoint of the result's stack
   */
  void reverse(Matrix bar) {
    int n = qkv.rows();
    Matrix target = qkv.zeroedAdjoint();
    Matrix given = take(tokens, size);
    Matrix weightsBar = take(tokens, tokens);
    Matrix movedBar = take(tokens, tokens);
    Matrix term = take(tokens, tokens);
    Triple valueBar = new Triple();
    Triple tangentBar = new Triple();
    for (int from = 0; from < n; from += tokens) {
      for (int at = 0; at < width; at += size) {
        readValue(from, at);
        backend.copyColumns(bar.rows(from, from + tokens), at, given, 0, size, false);
        backend.gemm(true, false, 1, weights, given, 0, valueBar.v);
        backend.gemm(false, true, 1, given, value.v, 0, weightsBar);
        backend.fill(0, valueBar.q);
        backend.fill(0, valueBar.k);
        for (int t = 1; t <= qkv.tangents(); t++) {
          int row = t * n + from;
          readTangent(row, at);
          backend.copyColumns(bar.rows(row, row + tokens), at, given, 0, size, false);
          // Of p_t v + p v_t.
          backend.multiply(1, scores, weights, 0, term);
          backend.gemm(true, false, 1, term, given, 1, valueBar.v);
          backend.gemm(true, false, 1, weights, given, 0, tangentBar.v);
          backend.gemm(false, true, 1, given, tangent.v, 1, weightsBar);
          backend.gemm(false, true, 1, given, value.v, 0, movedBar);
          // Of p_t = p * (s_t - sum(p * s_t)): scores hold the difference.
          backend.rowDots(-1, weights, movedBar, 0, column);
          backend.add(1, column, 1, movedBar);
          backend.multiply(1, scores, movedBar, 1, weightsBar);
          backend.multiply(1, movedBar, weights, 0, movedBar);
          // Of s_t = c (q_t k^T + q k_t^T).
          backend.gemm(false, false, factor, movedBar, value.k, 0, tangentBar.q);
          backend.gemm(true, false, factor, movedBar, value.q, 0, tangentBar.k);
          backend.gemm(false, false, factor, movedBar, tangent.k, 1, valueBar.q);
          backend.gemm(true, false, factor, movedBar, tangent.q, 1, valueBar.k);
          if (qkv.tangentsDifferentiable()) {
            tangentBar.addTo(target, row, at);
          }
        }
        backend.rowDots(-1, weights, weightsBar, 0, column);
        backend.add(1, column, 1, weightsBar);
        backend.multiply(1, weightsBar, weights, 0, weightsBar);
        backend.gemm(false, false, factor, weightsBar, value.k, 1, valueBar.q);
        backend.gemm(true, false, factor, weightsBar, value.q, 1, valueBar.k);
        valueBar.addTo(target, from, at);
      }
    }
  }
}
