package org.fjordflow.core.backend;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@link Backend#attention}, its reverse, and its steps: products of a head read and write the
 * columns of the shared matrices where they are. Weights are not kept for the reverse but computed
 * anew, which is one product of five, so that memory does not grow with the square of a sequence.
 * Sequences are dealt out to threads.
 */
final class CpuAttention {

  /** Queries of a block at most. */
  private static final int QUERIES = 64;

  /** Weights that are worked on at once, where one head does not have more. */
  private static final int ELEMENTS = 1 << 14;

  /** Memory of one thread, for the weights of one head. It does not hold the backend. */
  static final class Weights {
    private CpuMatrix.@Nullable Storage weights;
    private CpuMatrix.@Nullable Storage bars;
    private int weightsSize;
    private int barsSize;

    CpuMatrix weights(CpuBackend backend, int size) {
      if (weights == null || weightsSize < size) {
        weights = backend.storage(size);
        weightsSize = size;
      }
      return new CpuMatrix(backend, weights, 0, 1, size);
    }

    CpuMatrix bars(CpuBackend backend, int size) {
      if (bars == null || barsSize < size) {
        bars = backend.storage(size);
        barsSize = size;
      }
      return new CpuMatrix(backend, bars, 0, 1, size);
    }
  }

  /** Work on one sequence with its thread's registers and memory. */
  @FunctionalInterface
  private interface Sequence {
    void run(int index, Lanes lanes, Weights memory);
  }

  private final CpuBackend backend;

  /** Creates it for a backend. */
  CpuAttention(CpuBackend backend) {
    this.backend = backend;
  }

  private void forEach(int sequences, Sequence work) {
    int parts = Math.min(sequences, 4 * backend.threads());
    backend.parallel(
        parts,
        part -> {
          int end = (int) ((long) sequences * (part + 1) / parts);
          for (int i = (int) ((long) sequences * part / parts); i < end; i++) {
            work.run(i, backend.lanes(), backend.weights());
          }
        });
  }

  void forward(CpuMatrix qkv, int tokens, int heads, CpuMatrix y) {
    int width = y.cols();
    int size = width / heads;
    int row = 3 * width;
    List<Block> blocks = Block.all(tokens, heads);
    forEach(
        qkv.rows() / tokens,
        (index, lanes, own) -> {
          int start = index * tokens;
          for (Block block : blocks) {
            CpuMatrix weights = own.weights(backend, block.elements());
            weigh(lanes, qkv, start, row, size, block, weights);
            for (int h = 0; h < block.heads; h++) {
              int at = (block.head + h) * size;
              Blas.gemm(
                  true,
                  false,
                  block.queries,
                  size,
                  block.keys(),
                  1,
                  weights.from(h * block.queries),
                  block.cols(),
                  qkv.from(start * row + 2 * width + at),
                  row,
                  0,
                  y.from((start + block.query) * width + at),
                  width);
            }
          }
        });
  }

  /**
   * Queries and heads that are worked on together: their weights are a matrix with a row for each
   * key up to the last query and a column for each head and query, so that sums over keys are sums
   * of long rows. Keys behind all queries of the block are left out.
   */
  private record Block(int query, int queries, int head, int heads, int allHeads) {

    static List<Block> all(int tokens, int heads) {
      int parts = (tokens - 1) / QUERIES + 1;
      int most = (tokens - 1) / parts + 1;
      int together = Math.max(1, Math.min(heads, ELEMENTS / (tokens * most)));
      List<Block> blocks = new ArrayList<>();
      // The last queries come first: they alone see all keys, whose adjoints they begin.
      for (int i = parts - 1; i >= 0; i--) {
        int from = (int) ((long) tokens * i / parts);
        int to = (int) ((long) tokens * (i + 1) / parts);
        for (int h = 0; h < heads; h += together) {
          blocks.add(new Block(from, to - from, h, Math.min(together, heads - h), heads));
        }
      }
      return blocks;
    }

    int keys() {
      return query + queries;
    }

    int cols() {
      return heads * queries;
    }

    int elements() {
      return keys() * cols();
    }
  }

  /** The weights of a block: softmax of what each query may see, down the columns. */
  private static void weigh(
      Lanes lanes, CpuMatrix qkv, int start, int row, int size, Block block, CpuMatrix weights) {
    int cols = block.cols();
    int keys = block.keys();
    for (int h = 0; h < block.heads; h++) {
      int at = (block.head + h) * size;
      Blas.gemm(
          false,
          true,
          keys,
          block.queries,
          size,
          1 / Math.sqrt(size),
          qkv.from(start * row + row / 3 + at),
          row,
          qkv.from((start + block.query) * row + at),
          row,
          0,
          weights.from(h * block.queries),
          cols);
    }
    lanes.ensure(block.elements());
    lanes.load(0, weights, 0, block.elements());
    hide(lanes, block, Double.NEGATIVE_INFINITY);
    softmaxColumns(lanes, 0, keys, cols);
    hide(lanes, block, 0);
    lanes.store(0, weights, 0, block.elements());
  }

  /** Softmax of each column of a register in place; registers 2 to 4 are lost. */
  private static void softmaxColumns(Lanes lanes, int r, int rows, int cols) {
    int n = rows * cols;
    lanes.maxColumns(r, 2, 3, rows, cols);
    lanes.repeat(2, cols, n);
    lanes.expUpToOne(r, 2, 3, 4, n);
    lanes.sumColumns(r, 2, 3, rows, cols);
    lanes.activate(Elementwise.RECIPROCAL, 2, 2, 3, 4, 0, cols);
    lanes.repeat(2, cols, n);
    lanes.multiply(r, 2, r, n);
  }

  /** {@code q = p (q - sum down the column of p q)}; registers 2 to 4 are lost. */
  private static void reverseSoftmaxColumns(Lanes lanes, int p, int q, int rows, int cols) {
    int n = rows * cols;
    lanes.multiply(p, q, 2, n);
    lanes.sumColumns(2, 3, 4, rows, cols);
    lanes.repeat(3, cols, n);
    lanes.addScaled(-1, 3, q, n);
    lanes.multiply(p, q, q, n);
  }

  /** Sets what lies ahead of each query. */
  private static void hide(Lanes lanes, Block block, double value) {
    for (int key = 1; key < block.queries; key++) {
      int at = (block.query + key) * block.cols();
      for (int h = 0; h < block.heads; h++) {
        lanes.fill(0, at + h * block.queries, value, key);
      }
    }
  }

  /** The weights of one query and head: softmax of what it sees. */
  private static void weigh(
      Lanes lanes,
      CpuMatrix q,
      int qRow,
      CpuMatrix k,
      int kRow,
      int keys,
      int size,
      CpuMatrix weights) {
    double factor = 1 / Math.sqrt(size);
    Blas.gemm(false, true, 1, keys, size, factor, q, qRow, k, kRow, 0, weights, keys);
    lanes.ensure(keys);
    lanes.load(0, weights, 0, keys);
    lanes.causalSoftmax(0, 1, 2, 1, keys, keys);
    lanes.store(0, weights, 0, keys);
  }

  void backward(
      CpuMatrix qkv, int tokens, int heads, CpuMatrix yBar, boolean accumulate, CpuMatrix qkvBar) {
    int width = yBar.cols();
    int size = width / heads;
    int row = 3 * width;
    List<Block> blocks = Block.all(tokens, heads);
    forEach(
        qkv.rows() / tokens,
        (index, lanes, own) -> {
          int start = index * tokens;
          for (Block block : blocks) {
            CpuMatrix weights = own.weights(backend, block.elements());
            CpuMatrix bars = own.bars(backend, block.elements());
            weigh(lanes, qkv, start, row, size, block, weights);
            for (int h = 0; h < block.heads; h++) {
              int at = (block.head + h) * size;
              Blas.gemm(
                  false,
                  true,
                  block.keys(),
                  block.queries,
                  size,
                  1,
                  qkv.from(start * row + 2 * width + at),
                  row,
                  yBar.from((start + block.query) * width + at),
                  width,
                  0,
                  bars.from(h * block.queries),
                  block.cols());
            }
            lanes.load(1, bars, 0, block.elements());
            reverseSoftmaxColumns(lanes, 0, 1, block.keys(), block.cols());
            lanes.store(1, bars, 0, block.elements());
            // All keys are seen by the queries of the first blocks, which begin their adjoints.
            boolean begun = accumulate || block.keys() < tokens;
            for (int h = 0; h < block.heads; h++) {
              int at = (block.head + h) * size;
              CpuMatrix p = weights.from(h * block.queries);
              CpuMatrix s = bars.from(h * block.queries);
              CpuMatrix out = yBar.from((start + block.query) * width + at);
              reverse(qkv, start, at, block, p, s, out, width, accumulate, begun, qkvBar);
            }
          }
        });
  }

  /**
   * Adds to the adjoints of one head of a block.
   *
   * @param at its first column
   * @param p weights
   * @param s adjoints of what the softmax is taken of
   * @param begun whether there are adjoints of keys and values to add to
   */
  private static void reverse(
      CpuMatrix qkv,
      int start,
      int at,
      Block block,
      CpuMatrix p,
      CpuMatrix s,
      CpuMatrix out,
      int width,
      boolean accumulate,
      boolean begun,
      CpuMatrix qkvBar) {
    int row = 3 * width;
    int size = width / block.allHeads;
    int cols = block.cols();
    int keys = block.keys();
    int queries = block.queries;
    int q = (start + block.query) * row + at;
    int k = start * row + width + at;
    int v = k + width;
    double factor = 1 / Math.sqrt(size);
    double keep = begun ? 1 : 0;
    CpuMatrix ofValues = qkvBar.from(v);
    Blas.gemm(false, false, keys, size, queries, 1, p, cols, out, width, keep, ofValues, row);
    CpuMatrix query = qkv.from(q);
    CpuMatrix ofKeys = qkvBar.from(k);
    Blas.gemm(false, false, keys, size, queries, factor, s, cols, query, row, keep, ofKeys, row);
    CpuMatrix key = qkv.from(k);
    CpuMatrix ofQueries = qkvBar.from(q);
    double held = accumulate ? 1 : 0;
    Blas.gemm(true, false, queries, size, keys, factor, s, cols, key, row, held, ofQueries, row);
  }

  void step(CpuMatrix qkv, int token, int heads, CpuMatrix cache, CpuMatrix y) {
    int n = qkv.rows();
    int width = y.cols();
    int size = width / heads;
    int seen = token + 1;
    int apart = n * 2 * width;
    backend.copyColumns(qkv, width, cache.rows(token * n, seen * n), 0, 2 * width, false);
    forEach(
        n,
        (index, lanes, own) -> {
          CpuMatrix weights = own.weights(backend, seen);
          for (int at = 0; at < width; at += size) {
            CpuMatrix q = qkv.from(index * 3 * width + at);
            CpuMatrix k = cache.from(index * 2 * width + at);
            CpuMatrix v = cache.from(index * 2 * width + width + at);
            weigh(lanes, q, 3 * width, k, apart, seen, size, weights);
            CpuMatrix out = y.from(index * width + at);
            Blas.gemm(false, false, 1, size, seen, 1, weights, seen, v, apart, 0, out, width);
          }
        });
  }
}
