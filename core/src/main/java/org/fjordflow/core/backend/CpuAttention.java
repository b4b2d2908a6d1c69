package org.fjordflow.core.backend;

import org.jspecify.annotations.Nullable;

/**
 * {@link Backend#attention}, its reverse, and its steps: products of a head read and write the
 * columns of the shared matrices where they are. Weights are not kept for the reverse but computed
 * anew, which is one product of five, so that memory does not grow with the square of a sequence.
 * Sequences are dealt out to threads.
 */
final class CpuAttention {

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
    forEach(
        qkv.rows() / tokens,
        (index, lanes, own) -> {
          CpuMatrix weights = own.weights(backend, tokens * tokens);
          int start = index * tokens;
          for (int at = 0; at < width; at += size) {
            CpuMatrix q = qkv.from(start * row + at);
            CpuMatrix k = qkv.from(start * row + width + at);
            CpuMatrix v = qkv.from(start * row + 2 * width + at);
            weigh(lanes, q, row, k, row, tokens, tokens, size, weights);
            CpuMatrix out = y.from(start * width + at);
            Blas.gemm(
                false, false, tokens, size, tokens, 1, weights, tokens, v, row, 0, out, width);
          }
        });
  }

  /** The weights of a head: softmax of what each query may see. */
  private static void weigh(
      Lanes lanes,
      CpuMatrix q,
      int qRow,
      CpuMatrix k,
      int kRow,
      int queries,
      int keys,
      int size,
      CpuMatrix weights) {
    double factor = 1 / Math.sqrt(size);
    Blas.gemm(false, true, queries, keys, size, factor, q, qRow, k, kRow, 0, weights, keys);
    int step = lanes.tileRows(keys);
    for (int i = 0; i < queries; i += step) {
      int rows = Math.min(step, queries - i);
      lanes.load(0, weights, i * keys, rows * keys);
      lanes.causalSoftmax(0, 1, 2, rows, keys, keys - queries + i + 1);
      lanes.store(0, weights, i * keys, rows * keys);
    }
  }

  void backward(
      CpuMatrix qkv, int tokens, int heads, CpuMatrix yBar, boolean accumulate, CpuMatrix qkvBar) {
    int width = yBar.cols();
    int size = width / heads;
    int row = 3 * width;
    double factor = 1 / Math.sqrt(size);
    double keep = accumulate ? 1 : 0;
    forEach(
        qkv.rows() / tokens,
        (index, lanes, own) -> {
          CpuMatrix weights = own.weights(backend, tokens * tokens);
          CpuMatrix bars = own.bars(backend, tokens * tokens);
          int start = index * tokens;
          for (int at = 0; at < width; at += size) {
            int first = start * row + at;
            CpuMatrix q = qkv.from(first);
            CpuMatrix k = qkv.from(first + width);
            CpuMatrix v = qkv.from(first + 2 * width);
            CpuMatrix out = yBar.from(start * width + at);
            weigh(lanes, q, row, k, row, tokens, tokens, size, weights);
            Blas.gemm(
                true,
                false,
                tokens,
                size,
                tokens,
                1,
                weights,
                tokens,
                out,
                width,
                keep,
                qkvBar.from(first + 2 * width),
                row);
            Blas.gemm(false, true, tokens, tokens, size, 1, out, width, v, row, 0, bars, tokens);
            reverseSoftmax(lanes, weights, bars, tokens);
            Blas.gemm(
                false,
                false,
                tokens,
                size,
                tokens,
                factor,
                bars,
                tokens,
                k,
                row,
                keep,
                qkvBar.from(first),
                row);
            Blas.gemm(
                true,
                false,
                tokens,
                size,
                tokens,
                factor,
                bars,
                tokens,
                q,
                row,
                keep,
                qkvBar.from(first + width),
                row);
          }
        });
  }

  /** {@code bar = p (bar - sum over the row of p bar)}; zeros of p stay zeros. */
  private static void reverseSoftmax(Lanes lanes, CpuMatrix weights, CpuMatrix bars, int tokens) {
    int step = lanes.tileRows(tokens);
    for (int i = 0; i < tokens; i += step) {
      int rows = Math.min(step, tokens - i);
      int n = rows * tokens;
      lanes.load(0, weights, i * tokens, n);
      lanes.load(1, bars, i * tokens, n);
      lanes.multiply(0, 1, 2, n);
      lanes.sumRows(2, 3, rows, tokens);
      lanes.spread(3, 2, rows, tokens);
      lanes.addScaled(-1, 2, 1, n);
      lanes.multiply(0, 1, 1, n);
      lanes.store(1, bars, i * tokens, n);
    }
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
            weigh(lanes, q, 3 * width, k, apart, 1, seen, size, weights);
            CpuMatrix out = y.from(index * width + at);
            Blas.gemm(false, false, 1, size, seen, 1, weights, seen, v, apart, 0, out, width);
          }
        });
  }
}
