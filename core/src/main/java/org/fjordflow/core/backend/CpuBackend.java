package org.fjordflow.core.backend;

import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.function.IntConsumer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * The default backend: OpenBLAS (the one that ND4J brings) for products, fused Java loops over
 * short tiles for everything else, on off-heap memory that both see without copying. ND4J itself is
 * never started.
 *
 * <p>OpenBLAS is set to one thread for the whole process: its thread pool collapses when cores are
 * busy, and results must not depend on the number of threads.
 */
public final class CpuBackend implements Backend {

  private static final int TILE = Lanes.TILE;

  /** Elements to move that are worth a thread's while. */
  private static final int PART = 1 << 16;

  private final DType dtype;
  private final ThreadLocal<CpuLayers> scratch;
  private final ThreadLocal<PackingBuffer> packing;
  private final @Nullable FloatProducts products;
  private final Workers workers;
  private final CpuRowNorm rowNorm = new CpuRowNorm(this, this::lanes);
  private final CpuAttention attention = new CpuAttention(this, this::lanes);
  private final Set<CpuMatrix.Storage> live =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  /**
   * Creates a backend that uses all processors.
   *
   * @param dtype element type of its matrices
   */
  public CpuBackend(DType dtype) {
    this(dtype, Runtime.getRuntime().availableProcessors());
  }

  /**
   * Creates a backend.
   *
   * @param dtype element type of its matrices
   * @param threads how many threads {@link #parallel} uses at most, the caller's among them
   * @throws FjordException INVALID_CONFIGURATION if there are none
   */
  public CpuBackend(DType dtype, int threads) {
    this(dtype, threads, null);
  }

  /**
   * Creates a backend of FLOAT32 with products that another library makes in some shapes.
   *
   * @param threads how many threads {@link #parallel} uses at most, the caller's among them
   * @param products makes those that it takes
   * @throws FjordException INVALID_CONFIGURATION if there are no threads
   */
  public CpuBackend(int threads, FloatProducts products) {
    this(DType.FLOAT32, threads, products);
  }

  private CpuBackend(DType dtype, int threads, @Nullable FloatProducts products) {
    if (threads < 1) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION, threads + " threads; expected at least one");
    }
    this.dtype = dtype;
    this.products = products;
    this.scratch = ThreadLocal.withInitial(() -> new CpuLayers(Lanes.of(dtype)));
    this.packing = ThreadLocal.withInitial(() -> new PackingBuffer(dtype));
    this.workers = new Workers(threads);
    openblas_nolapack.blas_set_num_threads(1);
  }

  /** Short runs of elements that the calling thread works in. */
  private Lanes lanes() {
    return scratch.get().lanes();
  }

  @Override
  public int threads() {
    return workers.threads();
  }

  @Override
  public void parallel(int count, IntConsumer task) {
    workers.run(count, task);
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public Matrix allocate(int rows, int cols) {
    Shapes.requireDimensions(rows, cols);
    CpuMatrix.Storage storage = CpuMatrix.Storage.allocate(dtype, rows * cols);
    live.add(storage);
    return new CpuMatrix(this, storage, 0, rows, cols);
  }

  @Override
  public void upload(double[] source, int offset, Matrix target) {
    Lanes lanes = lanes();
    CpuMatrix t = own(target);
    int size = t.size();
    Shapes.requireRange(offset, size, source.length, "upload");
    for (int i = 0; i < size; i += TILE) {
      int n = Math.min(TILE, size - i);
      lanes.pack(source, offset + i, 0, n);
      lanes.store(0, t, i, n);
    }
  }

  @Override
  public void download(Matrix source, double[] target, int offset) {
    Lanes lanes = lanes();
    CpuMatrix s = own(source);
    int size = s.size();
    Shapes.requireRange(offset, size, target.length, "download");
    for (int i = 0; i < size; i += TILE) {
      int n = Math.min(TILE, size - i);
      lanes.load(0, s, i, n);
      lanes.unpack(0, target, offset + i, n);
    }
  }

  @Override
  public void copy(Matrix source, Matrix target) {
    Lanes lanes = lanes();
    CpuMatrix s = own(source);
    CpuMatrix t = own(target);
    int size = s.size();
    Shapes.requireSize(size, t.size(), "target of copy");
    for (int i = 0; i < size; i += TILE) {
      int n = Math.min(TILE, size - i);
      lanes.load(0, s, i, n);
      lanes.store(0, t, i, n);
    }
  }

  @Override
  public void transpose(Matrix source, Matrix target) {
    Shapes.require(
        target, /* rows= */ source.cols(), /* cols= */ source.rows(), "target of transpose");
    own(source).transposeTo(own(target));
  }

  @Override
  public void fill(double value, Matrix target) {
    Lanes lanes = lanes();
    CpuMatrix t = own(target);
    int size = t.size();
    lanes.fill(0, value, Math.min(TILE, size));
    for (int i = 0; i < size; i += TILE) {
      lanes.store(0, t, i, Math.min(TILE, size - i));
    }
  }

  @Override
  public void gemm(
      boolean transposeA,
      boolean transposeB,
      double alpha,
      Matrix a,
      Matrix b,
      double beta,
      Matrix c) {
    CpuMatrix x = own(a);
    CpuMatrix y = own(b);
    CpuMatrix z = own(c);
    int k = Shapes.requireProduct(transposeA, transposeB, a, b, c);
    if (c.size() == 0) {
      return;
    }
    if (k == 0) {
      rescale(beta, z);
      return;
    }
    if (products != null && alpha != 0 && products.takes(c.rows(), c.cols(), k)) {
      products.multiply(
          transposeA,
          transposeB,
          c.rows(),
          c.cols(),
          k,
          (float) alpha,
          x.floatAddress(),
          a.cols(),
          y.floatAddress(),
          b.cols(),
          (float) beta,
          z.floatAddress(),
          c.cols());
      return;
    }
    packing.get().note(c.rows(), c.cols(), k);
    Blas.gemm(
        transposeA,
        transposeB,
        c.rows(),
        c.cols(),
        k,
        alpha,
        x,
        a.cols(),
        y,
        b.cols(),
        beta,
        z,
        c.cols());
  }

  private void rescale(double beta, CpuMatrix z) {
    Lanes lanes = lanes();
    if (beta == 0) {
      fill(0, z);
      return;
    }
    for (int i = 0; i < z.size(); i += TILE) {
      int n = Math.min(TILE, z.size() - i);
      lanes.load(0, z, i, n);
      lanes.scale(beta, 0, n);
      lanes.store(0, z, i, n);
    }
  }

  @Override
  public void add(double alpha, Matrix x, double beta, Matrix y) {
    Lanes lanes = lanes();
    CpuMatrix target = own(y);
    CpuMatrix operand = own(x);
    Shapes.requireBroadcast(x, y, "x of add");
    Broadcast broadcast = new Broadcast(lanes, operand, target, 1, 2);
    for (int i = 0; i < target.size(); i += broadcast.tile()) {
      int n = Math.min(broadcast.tile(), target.size() - i);
      broadcast.load(i, n);
      lanes.loadScaled(beta, target, i, n, 0);
      lanes.addScaled(alpha, 1, 0, n);
      lanes.store(0, target, i, n);
    }
  }

  @Override
  public void multiply(double alpha, Matrix a, Matrix b, double beta, Matrix c) {
    Lanes lanes = lanes();
    CpuMatrix left = own(a);
    CpuMatrix target = own(c);
    CpuMatrix operand = own(b);
    Shapes.require(a, c.rows(), c.cols(), "a of multiply");
    Shapes.requireBroadcast(b, c, "b of multiply");
    Broadcast broadcast = new Broadcast(lanes, operand, target, 1, 2);
    for (int i = 0; i < target.size(); i += broadcast.tile()) {
      int n = Math.min(broadcast.tile(), target.size() - i);
      broadcast.load(i, n);
      lanes.load(3, left, i, n);
      lanes.multiply(3, 1, 3, n);
      lanes.loadScaled(beta, target, i, n, 0);
      lanes.addScaled(alpha, 3, 0, n);
      lanes.store(0, target, i, n);
    }
  }

  @Override
  public void rowDots(double alpha, Matrix a, @Nullable Matrix b, double beta, Matrix y) {
    Lanes lanes = lanes();
    CpuMatrix left = own(a);
    CpuMatrix right = ownOrNull(b);
    CpuMatrix target = own(y);
    Shapes.requireOptional(b, a.rows(), a.cols(), "b of rowDots");
    Shapes.require(y, a.rows(), 1, "y of rowDots");
    int cols = a.cols();
    int step = lanes.tileRows(cols);
    for (int i = 0; i < a.rows(); i += step) {
      int rows = Math.min(step, a.rows() - i);
      loadProduct(lanes, left, right, i * cols, rows * cols, 0);
      lanes.sumRows(0, 2, rows, cols);
      lanes.loadScaled(beta, target, i, rows, 3);
      lanes.addScaled(alpha, 2, 3, rows);
      lanes.store(3, target, i, rows);
    }
  }

  /** r = a b, or a where there is no b. */
  private static void loadProduct(
      Lanes lanes, CpuMatrix a, @Nullable CpuMatrix b, int from, int n, int r) {
    lanes.load(r, a, from, n);
    if (b != null) {
      lanes.load(r + 1, b, from, n);
      lanes.multiply(r, r + 1, r, n);
    }
  }

  @Override
  public void columnDots(double alpha, Matrix a, @Nullable Matrix b, double beta, Matrix y) {
    Lanes lanes = lanes();
    CpuMatrix left = own(a);
    CpuMatrix right = ownOrNull(b);
    CpuMatrix target = own(y);
    Shapes.requireOptional(b, a.rows(), a.cols(), "b of columnDots");
    Shapes.require(y, 1, a.cols(), "y of columnDots");
    int cols = a.cols();
    int step = lanes.tileRows(cols);
    lanes.fill(2, 0, step * cols);
    for (int i = 0; i < a.rows(); i += step) {
      int n = Math.min(step, a.rows() - i) * cols;
      loadProduct(lanes, left, right, i * cols, n, 0);
      lanes.addScaled(1, 0, 2, n);
    }
    lanes.storeColumnSums(alpha, 2, step, beta, target, 0);
  }

  @Override
  public void copyColumns(
      Matrix source,
      int sourceColumn,
      Matrix target,
      int targetColumn,
      int count,
      boolean accumulate) {
    Lanes lanes = lanes();
    CpuMatrix from = own(source);
    CpuMatrix to = own(target);
    Shapes.requireRange(sourceColumn, count, source.cols(), "source of copyColumns");
    Shapes.requireRange(targetColumn, count, target.cols(), "target of copyColumns");
    Shapes.require(target, source.rows(), target.cols(), "target of copyColumns");
    // Whole rows through the registers: a run of few columns costs more to address than to move.
    int step = lanes.tileRows(Math.max(from.cols(), to.cols()));
    for (int i = 0; i < source.rows(); i += step) {
      int rows = Math.min(step, source.rows() - i);
      lanes.load(0, from, i * from.cols(), rows * from.cols());
      lanes.load(1, to, i * to.cols(), rows * to.cols());
      lanes.copyColumns(
          0, from.cols(), sourceColumn, 1, to.cols(), targetColumn, rows, count, accumulate);
      lanes.store(1, to, i * to.cols(), rows * to.cols());
    }
  }

  @Override
  public void gatherColumns(Matrix source, ColumnIndex index, boolean accumulate, Matrix target) {
    CpuMatrix from = own(source);
    CpuMatrix to = own(target);
    Shapes.require(source, target.rows(), index.sourceCols(), "source of gatherColumns");
    Shapes.require(target, source.rows(), index.targetCols(), "target of gatherColumns");
    int[] sources = index.sources();
    overRows(
        from,
        to,
        accumulate,
        (lanes, rows) ->
            lanes.gatherColumns(0, from.cols(), sources, 1, to.cols(), rows, accumulate));
  }

  @Override
  public void scatterColumns(Matrix source, ColumnIndex index, boolean accumulate, Matrix target) {
    CpuMatrix from = own(source);
    CpuMatrix to = own(target);
    Shapes.require(source, target.rows(), index.targetCols(), "source of scatterColumns");
    Shapes.require(target, source.rows(), index.sourceCols(), "target of scatterColumns");
    int[] sources = index.sources();
    overRows(
        from,
        to,
        accumulate,
        (lanes, rows) -> {
          if (!accumulate) {
            lanes.fill(1, 0, rows * to.cols());
          }
          lanes.scatterColumns(0, from.cols(), sources, 1, to.cols(), rows);
        });
  }

  /** Work on rows of a source in register 0 and a target in register 1. */
  private interface RowWork {
    void run(Lanes lanes, int rows);
  }

  /** Rows do not depend on each other: large matrices are dealt out to threads. */
  private void overRows(CpuMatrix from, CpuMatrix to, boolean load, RowWork work) {
    int rows = from.rows();
    long elements = (long) rows * (from.cols() + to.cols());
    int parts = (int) Math.max(1, Math.min(threads(), elements / PART));
    parallel(
        parts,
        part -> {
          Lanes lanes = lanes();
          int end = (int) ((long) rows * (part + 1) / parts);
          int step = lanes.tileRows(Math.max(from.cols(), to.cols()));
          for (int i = (int) ((long) rows * part / parts); i < end; i += step) {
            int n = Math.min(step, end - i);
            lanes.load(0, from, i * from.cols(), n * from.cols());
            if (load) {
              lanes.load(1, to, i * to.cols(), n * to.cols());
            }
            work.run(lanes, n);
            lanes.store(1, to, i * to.cols(), n * to.cols());
          }
        });
  }

  @Override
  public void softmax(Matrix x, Matrix y, Matrix logSumExp) {
    Lanes lanes = lanes();
    CpuMatrix from = own(x);
    CpuMatrix to = own(y);
    CpuMatrix logs = own(logSumExp);
    Shapes.require(y, x.rows(), x.cols(), "y of softmax");
    Shapes.require(logSumExp, x.rows(), 1, "logSumExp of softmax");
    int cols = x.cols();
    int step = lanes.tileRows(cols);
    for (int i = 0; i < x.rows(); i += step) {
      int rows = Math.min(step, x.rows() - i);
      lanes.load(0, from, i * cols, rows * cols);
      lanes.softmax(0, 1, rows, cols);
      lanes.store(0, to, i * cols, rows * cols);
      lanes.store(1, logs, i, rows);
    }
  }

  @Override
  public void apply(
      Elementwise f, Matrix x, Matrix y, @Nullable Matrix first, @Nullable Matrix second) {
    CpuLayers layers = scratch.get();
    CpuMatrix from = own(x);
    CpuMatrix to = own(y);
    CpuMatrix d1 = ownOrNull(first);
    CpuMatrix d2 = ownOrNull(second);
    Shapes.require(y, x.rows(), x.cols(), "y of apply");
    Shapes.requireOptional(first, x.rows(), x.cols(), "first of apply");
    Shapes.requireOptional(second, x.rows(), x.cols(), "second of apply");
    layers.apply(f, from, to, d1, d2);
  }

  @Override
  public void layerForward(
      Elementwise f,
      Matrix p,
      int n,
      @Nullable Matrix gate,
      @Nullable Matrix shift,
      Matrix y,
      @Nullable Matrix first,
      @Nullable Matrix second) {
    CpuLayers layers = scratch.get();
    int tangents = Shapes.requireStack(p, n);
    int cols = p.cols();
    Shapes.requireOptionalRows(gate, n, cols, "gate of layerForward");
    Shapes.requireOptionalRows(shift, n, cols, "shift of layerForward");
    Shapes.require(y, p.rows(), cols, "y of layerForward");
    Shapes.requireOptional(first, n, cols, "first of layerForward");
    Shapes.requireOptional(second, n, cols, "second of layerForward");
    layers.forward(
        f,
        own(p),
        n,
        tangents,
        ownOrNull(gate),
        ownOrNull(shift),
        own(y),
        ownOrNull(first),
        ownOrNull(second));
  }

  @Override
  public void layerBackward(
      Matrix p,
      int n,
      @Nullable Matrix gate,
      @Nullable Matrix first,
      @Nullable Matrix second,
      Matrix yBar,
      Matrix pBar,
      @Nullable Matrix gateBar,
      @Nullable Matrix shiftBar) {
    CpuLayers layers = scratch.get();
    int tangents = Shapes.requireStack(p, n);
    int cols = p.cols();
    Shapes.requireOptionalRows(gate, n, cols, "gate of layerBackward");
    Shapes.requireOptional(first, n, cols, "first of layerBackward");
    Shapes.requireOptional(second, n, cols, "second of layerBackward");
    Shapes.require(yBar, p.rows(), cols, "yBar of layerBackward");
    Shapes.require(pBar, p.rows(), cols, "pBar of layerBackward");
    Shapes.requireOptionalRows(gateBar, n, cols, "gateBar of layerBackward");
    Shapes.requireOptionalRows(shiftBar, n, cols, "shiftBar of layerBackward");
    layers.backward(
        own(p),
        n,
        tangents,
        ownOrNull(gate),
        ownOrNull(first),
        ownOrNull(second),
        own(yBar),
        own(pBar),
        ownOrNull(gateBar),
        ownOrNull(shiftBar));
  }

  @Override
  public void normalizeRows(Matrix x, double epsilon, Matrix y, Matrix scale) {
    Shapes.require(y, x.rows(), x.cols(), "y of normalizeRows");
    Shapes.require(scale, x.rows(), 1, "scale of normalizeRows");
    rowNorm.forward(own(x), epsilon, own(y), own(scale));
  }

  @Override
  public void normalizeRowsBackward(
      Matrix y, Matrix scale, Matrix yBar, boolean accumulate, Matrix xBar) {
    Shapes.require(scale, y.rows(), 1, "scale of normalizeRowsBackward");
    Shapes.require(yBar, y.rows(), y.cols(), "yBar of normalizeRowsBackward");
    Shapes.require(xBar, y.rows(), y.cols(), "xBar of normalizeRowsBackward");
    rowNorm.backward(own(y), own(scale), own(yBar), accumulate, own(xBar));
  }

  @Override
  public void attention(Matrix qkv, int tokens, int heads, Matrix y) {
    Shapes.requireSequences(qkv, tokens, heads, y, "attention");
    attention.forward(own(qkv), tokens, heads, own(y));
  }

  @Override
  public void attentionBackward(
      Matrix qkv, int tokens, int heads, Matrix yBar, boolean accumulate, Matrix qkvBar) {
    Shapes.requireSequences(qkv, tokens, heads, yBar, "attentionBackward");
    Shapes.require(qkvBar, qkv.rows(), qkv.cols(), "qkvBar of attentionBackward");
    attention.backward(own(qkv), tokens, heads, own(yBar), accumulate, own(qkvBar));
  }

  @Override
  public void attentionStep(Matrix qkv, int token, int heads, Matrix cache, Matrix y) {
    Shapes.requireSequences(qkv, 1, heads, y, "attentionStep");
    Shapes.requireCache(cache, qkv, token, "attentionStep");
    attention.step(own(qkv), token, heads, own(cache), own(y));
  }

  /** Returns the bytes of native memory that this backend's matrices hold. */
  public long bytes() {
    synchronized (live) {
      return live.stream().mapToLong(storage -> storage.pointer().capacity()).sum() * dtype.bytes();
    }
  }

  private @Nullable CpuMatrix ownOrNull(@Nullable Matrix m) {
    return m == null ? null : own(m);
  }

  private CpuMatrix own(Matrix m) {
    if (m instanceof CpuMatrix matrix && matrix.owner() == this) {
      return matrix;
    }
    throw new FjordException(
        ErrorKey.TYPE_MISMATCH, m + " does not belong to this " + dtype + " cpu backend");
  }

  @Override
  public void close() {
    workers.close();
    synchronized (live) {
      live.forEach(storage -> storage.pointer().close());
      live.clear();
    }
  }
}
