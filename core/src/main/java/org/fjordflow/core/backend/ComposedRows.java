package org.fjordflow.core.backend;

import java.util.Arrays;

/**
 * Normalisation and attention made of a backend's other primitives, for backends that have nothing
 * faster. One head of one sequence after the other.
 */
final class ComposedRows {

  private ComposedRows() {}

  static void normalize(Backend backend, Matrix x, double epsilon, Matrix y, Matrix scale) {
    double each = 1.0 / Math.max(1, x.cols());
    backend.rowDots(each, x, null, 0, scale);
    backend.copy(x, y);
    backend.add(-1, scale, 1, y);
    backend.rowDots(each, y, y, 0, scale);
    Matrix one = backend.allocate(1, 1);
    backend.fill(1, one);
    backend.add(epsilon, one, 1, scale);
    backend.apply(Elementwise.SQRT, scale, scale, null, null);
    backend.apply(Elementwise.RECIPROCAL, scale, scale, null, null);
    backend.multiply(1, y, scale, 0, y);
  }

  static void normalizeBackward(
      Backend backend, Matrix y, Matrix scale, Matrix yBar, boolean accumulate, Matrix xBar) {
    double each = 1.0 / Math.max(1, y.cols());
    Matrix mean = backend.allocate(y.rows(), 1);
    Matrix bar = backend.allocate(y.rows(), y.cols());
    backend.rowDots(each, y, yBar, 0, mean);
    backend.multiply(-1, y, mean, 0, bar);
    backend.add(1, yBar, 1, bar);
    backend.rowDots(each, yBar, null, 0, mean);
    backend.add(-1, mean, 1, bar);
    backend.multiply(1, bar, scale, accumulate ? 1 : 0, xBar);
  }

  /** Queries, keys and values of one head, and its weights, in arrays of their own. */
  private static final class Head {
    private final Backend backend;
    private final int size;
    private final Matrix mask;
    private final Matrix q;
    private final Matrix k;
    private final Matrix v;
    private final Matrix weights;
    private final Matrix column;

    Head(Backend backend, int queries, int keys, int size) {
      this.backend = backend;
      this.size = size;
      double[] hidden = new double[queries * keys];
      for (int i = 0; i < queries; i++) {
        int seen = keys - queries + i + 1;
        Arrays.fill(hidden, i * keys + seen, (i + 1) * keys, Double.NEGATIVE_INFINITY);
      }
      mask = backend.allocate(queries, keys);
      backend.upload(hidden, 0, mask);
      q = backend.allocate(queries, size);
      k = backend.allocate(keys, size);
      v = backend.allocate(keys, size);
      weights = backend.allocate(queries, keys);
      column = backend.allocate(queries, 1);
    }

    double factor() {
      return 1 / Math.sqrt(size);
    }

    /** Reads a head and computes its weights. */
    void read(Matrix queries, int qColumn, Matrix others, int kColumn, int vColumn) {
      backend.copyColumns(queries, qColumn, q, 0, size, false);
      backend.copyColumns(others, kColumn, k, 0, size, false);
      backend.copyColumns(others, vColumn, v, 0, size, false);
      backend.copy(mask, weights);
      backend.gemm(false, true, factor(), q, k, 1, weights);
      backend.softmax(weights, weights, column);
    }

    /** Writes what a head sees; q is lost. */
    void write(Matrix target, int targetColumn) {
      backend.gemm(false, false, 1, weights, v, 0, q);
      backend.copyColumns(q, 0, target, targetColumn, size, false);
    }
  }

  static void attention(Backend backend, Matrix qkv, int tokens, int heads, Matrix y) {
    int width = y.cols();
    int size = width / heads;
    Head head = new Head(backend, tokens, tokens, size);
    for (int from = 0; from < qkv.rows(); from += tokens) {
      Matrix sequence = qkv.rows(from, from + tokens);
      for (int at = 0; at < width; at += size) {
        head.read(sequence, at, sequence, width + at, 2 * width + at);
        head.write(y.rows(from, from + tokens), at);
      }
    }
  }

  static void attentionBackward(
      Backend backend,
      Matrix qkv,
      int tokens,
      int heads,
      Matrix yBar,
      boolean accumulate,
      Matrix qkvBar) {
    int width = yBar.cols();
    int size = width / heads;
    Head head = new Head(backend, tokens, tokens, size);
    Matrix weights = head.weights;
    Matrix out = backend.allocate(tokens, size);
    Matrix bar = backend.allocate(tokens, size);
    Matrix weightsBar = backend.allocate(tokens, tokens);
    for (int from = 0; from < qkv.rows(); from += tokens) {
      Matrix sequence = qkv.rows(from, from + tokens);
      Matrix target = qkvBar.rows(from, from + tokens);
      for (int at = 0; at < width; at += size) {
        head.read(sequence, at, sequence, width + at, 2 * width + at);
        backend.copyColumns(yBar.rows(from, from + tokens), at, out, 0, size, false);
        backend.gemm(true, false, 1, weights, out, 0, bar);
        backend.copyColumns(bar, 0, target, 2 * width + at, size, accumulate);
        backend.gemm(false, true, 1, out, head.v, 0, weightsBar);
        backend.rowDots(-1, weights, weightsBar, 0, head.column);
        backend.add(1, head.column, 1, weightsBar);
        backend.multiply(1, weightsBar, weights, 0, weightsBar);
        backend.gemm(false, false, head.factor(), weightsBar, head.k, 0, bar);
        backend.copyColumns(bar, 0, target, at, size, accumulate);
        backend.gemm(true, false, head.factor(), weightsBar, head.q, 0, bar);
        backend.copyColumns(bar, 0, target, width + at, size, accumulate);
      }
    }
  }

  static void attentionStep(
      Backend backend, Matrix qkv, int token, int heads, Matrix cache, Matrix y) {
    int n = qkv.rows();
    int width = y.cols();
    int size = width / heads;
    backend.copyColumns(qkv, width, cache.rows(token * n, (token + 1) * n), 0, 2 * width, false);
    Head head = new Head(backend, 1, token + 1, size);
    Matrix seen = cache.view(0, token + 1, n * 2 * width);
    for (int row = 0; row < n; row++) {
      int keys = row * 2 * width;
      for (int at = 0; at < width; at += size) {
        head.read(qkv.rows(row, row + 1), at, seen, keys + at, keys + width + at);
        head.write(y.rows(row, row + 1), at);
      }
    }
  }
}
