package org.fjordflow.core.backend;

import java.util.function.IntConsumer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backends.CpuBackendProvider;
import org.fjordflow.core.backend.internal.CpuMemory;
import org.fjordflow.core.backend.internal.FloatProducts;
import org.fjordflow.core.backend.internal.Leases;
import org.fjordflow.core.backend.internal.PackingBuffer;
import org.fjordflow.core.backend.internal.Workers;
import org.jspecify.annotations.Nullable;

/**
 * The default backend: OpenBLAS for products, fused Java loops over short tiles for everything
 * else, on off-heap memory that both see without copying. {@link BlasInfo} says which OpenBLAS.
 *
 * <p>OpenBLAS is set to one thread for the whole process: its thread pool collapses when cores are
 * busy, and results must not depend on the number of threads.
 *
 * <p>One that is forgotten, with all that uses it, returns its memory and ends its threads once it
 * is collected.
 */
public final class CpuBackend extends CheckedBackend<CpuMatrix> {

  private static final int TILE = Lanes.TILE;

  /** Elements to move that are worth a thread's while. */
  private static final int PART = 1 << 16;

  /** Multiplications of a part of a product. */
  private static final long PRODUCT = 1 << 23;

  /** Rows of a part: of many, and of sums over many. */
  private static final int FEWEST_ROWS = 256;

  private static final int FEWEST_SUMS = 32;

  /** Rows that products take at once. */
  private static final int ROWS = 4;

  private static final int MOST_PARTS = 4;

  private final DType dtype;
  private final @Nullable FloatProducts products;
  private final Workers workers;
  private final CpuRowNorm rowNorm = new CpuRowNorm(this, this::lanes);
  private final CpuGroupNorm groupNorm = new CpuGroupNorm(this);
  private final CpuAttention attention = new CpuAttention(this);
  private final CpuConvolution convolution = new CpuConvolution(this);
  private final CpuMemory memory;

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
   * @throws FjordException INVALID_ARGUMENT if there are none
   */
  public CpuBackend(DType dtype, int threads) {
    this(dtype, threads, null);
  }

  /**
   * Creates a backend of FLOAT32 with products that another library makes in some shapes.
   *
   * @param threads how many threads {@link #parallel} uses at most, the caller's among them
   * @param products makes those that it takes
   * @throws FjordException INVALID_ARGUMENT if there are no threads
   */
  public CpuBackend(int threads, FloatProducts products) {
    this(DType.FLOAT32, threads, products);
  }

  private CpuBackend(DType dtype, int threads, @Nullable FloatProducts products) {
    if (threads < 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, threads + " threads; expected at least one");
    }
    this.dtype = dtype;
    this.products = products;
    this.memory = new CpuMemory(dtype == DType.FLOAT32);
    Workers made = new Workers(threads);
    this.workers = made;
    Runnable forget = forget();
    CpuMemory.CLEANER.register(
        this,
        () -> {
          made.close();
          forget.run();
        });
    openblas_nolapack.blas_set_num_threads(1);
  }

  /** What a thread works in. */
  private record Scratch(
      CpuLayers layers,
      PackingBuffer packing,
      RowProducts.Scratch rows,
      CpuAttention.Weights weights,
      CpuConvolution.Scratch convolution) {
    static Scratch of(DType dtype) {
      return new Scratch(
          new CpuLayers(Lanes.of(dtype)),
          new PackingBuffer(dtype == DType.FLOAT32),
          new RowProducts.Scratch(),
          new CpuAttention.Weights(),
          new CpuConvolution.Scratch());
    }
  }

  private Scratch scratch() {
    Leases.Slot slot = slot();
    if (slot.scratch() instanceof Scratch own) {
      return own;
    }
    Scratch made = Scratch.of(dtype);
    slot.keep(made);
    return made;
  }

  /** Short runs of elements that the calling thread works in. */
  Lanes lanes() {
    return scratch().layers().lanes();
  }

  /** Where the calling thread keeps weights of attention. */
  CpuAttention.Weights weights() {
    return scratch().weights();
  }

  /** Where the calling thread keeps images of convolutions. */
  CpuConvolution.Scratch convolutionScratch() {
    return scratch().convolution();
  }

  CpuMatrix.Storage storage(int size) {
    return CpuMatrix.Storage.allocate(memory, dtype, size);
  }

  @Override
  public int threads() {
    return workers.threads();
  }

  @Override
  protected void doParallel(int count, IntConsumer task) {
    workers.run(count, task);
  }

  @Override
  public String name() {
    return products == null ? CpuBackendProvider.ID : products.name();
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  protected CpuMatrix doAllocate(int rows, int cols) {
    return new CpuMatrix(this, storage(rows * cols), 0, rows, cols);
  }

  @Override
  protected void doUpload(double[] source, int offset, CpuMatrix target) {
    Lanes lanes = lanes();
    int size = target.size();
    for (int i = 0; i < size; i += TILE) {
      int n = Math.min(TILE, size - i);
      lanes.pack(source, offset + i, 0, n);
      lanes.store(0, target, i, n);
    }
  }

  @Override
  protected void doDownload(CpuMatrix source, double[] target, int offset) {
    Lanes lanes = lanes();
    int size = source.size();
    for (int i = 0; i < size; i += TILE) {
      int n = Math.min(TILE, size - i);
      lanes.load(0, source, i, n);
      lanes.unpack(0, target, offset + i, n);
    }
  }

  @Override
  protected void doCopy(CpuMatrix source, CpuMatrix target) {
    Lanes lanes = lanes();
    int size = source.size();
    for (int i = 0; i < size; i += TILE) {
      int n = Math.min(TILE, size - i);
      lanes.load(0, source, i, n);
      lanes.store(0, target, i, n);
    }
  }

  @Override
  protected void doTranspose(CpuMatrix source, CpuMatrix target) {
    source.transposeTo(target);
  }

  @Override
  protected void doFill(double value, CpuMatrix target) {
    Lanes lanes = lanes();
    int size = target.size();
    lanes.fill(0, value, Math.min(TILE, size));
    for (int i = 0; i < size; i += TILE) {
      lanes.store(0, target, i, Math.min(TILE, size - i));
    }
  }

  @Override
  protected void doGemm(
      boolean transposeA,
      boolean transposeB,
      int inner,
      double alpha,
      CpuMatrix a,
      CpuMatrix b,
      double beta,
      CpuMatrix c) {
    if (c.size() == 0) {
      return;
    }
    if (inner == 0) {
      rescale(beta, c);
      return;
    }
    if (products != null && alpha != 0 && products.takes(c.rows(), c.cols(), inner)) {
      products.multiply(
          transposeA,
          transposeB,
          c.rows(),
          c.cols(),
          inner,
          (float) alpha,
          a.floatAddress(),
          a.cols(),
          b.floatAddress(),
          b.cols(),
          (float) beta,
          c.floatAddress(),
          c.cols());
      return;
    }
    // By sizes alone, so that results do not depend on the number of threads.
    long work = (long) c.rows() * c.cols() * inner;
    int fewest = transposeA ? FEWEST_SUMS : FEWEST_ROWS;
    int parts = (int) Math.min(Math.min(MOST_PARTS, c.rows() / fewest), work / PRODUCT);
    if (parts <= 1) {
      multiplyRows(transposeA, transposeB, inner, alpha, a, b, beta, c, 0, c.rows());
      return;
    }
    parallel(
        parts,
        part -> {
          int from = start(c.rows(), part, parts);
          int to = start(c.rows(), part + 1, parts);
          multiplyRows(transposeA, transposeB, inner, alpha, a, b, beta, c, from, to);
        });
  }

  /** Where a part of rows begins: in whole fours, as products take them. */
  private static int start(int rows, int part, int parts) {
    return part == parts ? rows : (int) ((long) rows * part / parts) / ROWS * ROWS;
  }

  /** Some rows of a product. */
  private void multiplyRows(
      boolean transposeA,
      boolean transposeB,
      int inner,
      double alpha,
      CpuMatrix a,
      CpuMatrix b,
      double beta,
      CpuMatrix c,
      int from,
      int to) {
    Scratch own = scratch();
    own.packing().note(to - from, c.cols(), inner);
    CpuMatrix target = from == 0 && to == c.rows() ? c : c.rows(from, to);
    if (!transposeA) {
      CpuMatrix rows = target == c ? a : a.rows(from, to);
      RowProducts.multiply(own.rows(), transposeB, alpha, rows, b, beta, target);
      return;
    }
    Blas.gemm(
        true,
        transposeB,
        to - from,
        c.cols(),
        inner,
        alpha,
        from == 0 ? a : a.from(from),
        a.cols(),
        b,
        b.cols(),
        beta,
        target,
        c.cols());
  }

  void rescale(double beta, CpuMatrix z) {
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
  protected void doAdd(double alpha, CpuMatrix x, double beta, CpuMatrix y) {
    Lanes lanes = lanes();
    Broadcast broadcast = new Broadcast(lanes, x, y, 1, 2);
    for (int i = 0; i < y.size(); i += broadcast.tile()) {
      int n = Math.min(broadcast.tile(), y.size() - i);
      broadcast.load(i, n);
      lanes.loadScaled(beta, y, i, n, 0);
      lanes.addScaled(alpha, 1, 0, n);
      lanes.store(0, y, i, n);
    }
  }

  @Override
  protected void doMultiply(double alpha, CpuMatrix a, CpuMatrix b, double beta, CpuMatrix c) {
    Lanes lanes = lanes();
    Broadcast broadcast = new Broadcast(lanes, b, c, 1, 2);
    for (int i = 0; i < c.size(); i += broadcast.tile()) {
      int n = Math.min(broadcast.tile(), c.size() - i);
      broadcast.load(i, n);
      lanes.load(3, a, i, n);
      lanes.multiply(3, 1, 3, n);
      lanes.loadScaled(beta, c, i, n, 0);
      lanes.addScaled(alpha, 3, 0, n);
      lanes.store(0, c, i, n);
    }
  }

  @Override
  protected void doRowDots(
      double alpha, CpuMatrix a, @Nullable CpuMatrix b, double beta, CpuMatrix y) {
    Lanes lanes = lanes();
    int cols = a.cols();
    int step = lanes.tileRows(cols);
    for (int i = 0; i < a.rows(); i += step) {
      int rows = Math.min(step, a.rows() - i);
      loadProduct(lanes, a, b, i * cols, rows * cols, 0);
      lanes.sumRows(0, 2, rows, cols);
      lanes.loadScaled(beta, y, i, rows, 3);
      lanes.addScaled(alpha, 2, 3, rows);
      lanes.store(3, y, i, rows);
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
  protected void doColumnDots(
      double alpha, CpuMatrix a, @Nullable CpuMatrix b, double beta, CpuMatrix y) {
    Lanes lanes = lanes();
    int cols = a.cols();
    int step = lanes.tileRows(cols);
    lanes.fill(2, 0, step * cols);
    for (int i = 0; i < a.rows(); i += step) {
      int n = Math.min(step, a.rows() - i) * cols;
      loadProduct(lanes, a, b, i * cols, n, 0);
      lanes.addScaled(1, 0, 2, n);
    }
    lanes.storeColumnSums(alpha, 2, step, beta, y, 0);
  }

  @Override
  protected void doCopyColumns(
      CpuMatrix source,
      int sourceColumn,
      CpuMatrix target,
      int targetColumn,
      int count,
      boolean accumulate) {
    Lanes lanes = lanes();
    // Whole rows through the registers: a run of few columns costs more target address than target
    // move.
    int step = lanes.tileRows(Math.max(source.cols(), target.cols()));
    for (int i = 0; i < source.rows(); i += step) {
      int rows = Math.min(step, source.rows() - i);
      lanes.load(0, source, i * source.cols(), rows * source.cols());
      lanes.load(1, target, i * target.cols(), rows * target.cols());
      lanes.copyColumns(
          0, source.cols(), sourceColumn, 1, target.cols(), targetColumn, rows, count, accumulate);
      lanes.store(1, target, i * target.cols(), rows * target.cols());
    }
  }

  @Override
  protected void doGatherColumns(
      CpuMatrix source, ColumnIndex index, boolean accumulate, CpuMatrix target) {
    int[] sources = index.sources();
    overRows(
        source,
        target,
        accumulate,
        (lanes, rows) ->
            lanes.gatherColumns(
                0, source.cols(), sources, index.block(), 1, target.cols(), rows, accumulate));
  }

  @Override
  protected void doScatterColumns(
      CpuMatrix source, ColumnIndex index, boolean accumulate, CpuMatrix target) {
    int[] sources = index.sources();
    overRows(
        source,
        target,
        accumulate,
        (lanes, rows) -> {
          if (!accumulate) {
            lanes.fill(1, 0, rows * target.cols());
          }
          lanes.scatterColumns(0, source.cols(), sources, index.block(), 1, target.cols(), rows);
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
  protected void doSoftmax(CpuMatrix x, CpuMatrix y, CpuMatrix logSumExp) {
    Lanes lanes = lanes();
    int cols = x.cols();
    int step = lanes.tileRows(cols);
    for (int i = 0; i < x.rows(); i += step) {
      int rows = Math.min(step, x.rows() - i);
      lanes.load(0, x, i * cols, rows * cols);
      lanes.softmax(0, 1, rows, cols);
      lanes.store(0, y, i * cols, rows * cols);
      lanes.store(1, logSumExp, i, rows);
    }
  }

  @Override
  protected void doApply(
      Elementwise f,
      CpuMatrix x,
      CpuMatrix y,
      @Nullable CpuMatrix first,
      @Nullable CpuMatrix second) {
    scratch().layers().apply(f, x, y, first, second);
  }

  @Override
  protected void doLayerForward(
      Elementwise f,
      CpuMatrix p,
      int n,
      int tangents,
      @Nullable CpuMatrix gate,
      @Nullable CpuMatrix shift,
      CpuMatrix y,
      @Nullable CpuMatrix first,
      @Nullable CpuMatrix second) {
    int parts = tangents > 0 ? 1 : Math.min(Math.min(threads(), n), y.size() / PART);
    if (parts <= 1) {
      scratch().layers().forward(f, p, n, tangents, gate, shift, y, first, second);
      return;
    }
    parallel(
        parts,
        part -> {
          int from = (int) ((long) n * part / parts);
          int to = (int) ((long) n * (part + 1) / parts);
          scratch()
              .layers()
              .forward(
                  f,
                  p.rows(from, to),
                  to - from,
                  0,
                  someOf(gate, from, to),
                  someOf(shift, from, to),
                  y.rows(from, to),
                  first == null ? null : first.rows(from, to),
                  second == null ? null : second.rows(from, to));
        });
  }

  /** Some rows, or the one that all have. */
  private static @Nullable CpuMatrix someOf(@Nullable CpuMatrix m, int from, int to) {
    return m == null || m.rows() == 1 ? m : m.rows(from, to);
  }

  @Override
  protected void doTimedLayerForward(
      Elementwise f,
      CpuMatrix p,
      int tangents,
      CpuMatrix times,
      CpuMatrix gateWeight,
      CpuMatrix gateBias,
      CpuMatrix bias,
      @Nullable CpuMatrix drift,
      CpuMatrix y) {
    scratch().layers().forwardAt(f, p, tangents, times, gateWeight, gateBias, bias, drift, y);
  }

  @Override
  protected void doLayerBackward(
      CpuMatrix p,
      int n,
      int tangents,
      @Nullable CpuMatrix gate,
      @Nullable CpuMatrix first,
      @Nullable CpuMatrix second,
      CpuMatrix yBar,
      CpuMatrix pBar,
      @Nullable CpuMatrix gateBar,
      @Nullable CpuMatrix shiftBar) {
    scratch().layers().backward(p, n, tangents, gate, first, second, yBar, pBar, gateBar, shiftBar);
  }

  @Override
  protected void doNormalizeRows(CpuMatrix x, double epsilon, CpuMatrix y, CpuMatrix scale) {
    rowNorm.forward(x, epsilon, y, scale);
  }

  @Override
  protected void doNormalizeRowsBackward(
      CpuMatrix y, CpuMatrix scale, CpuMatrix yBar, boolean accumulate, CpuMatrix xBar) {
    rowNorm.backward(y, scale, yBar, accumulate, xBar);
  }

  @Override
  protected void doNormalizeGroups(
      CpuMatrix x, int pixels, double epsilon, CpuMatrix y, CpuMatrix scale) {
    groupNorm.forward(x, pixels, epsilon, y, scale);
  }

  @Override
  protected void doNormalizeGroupsBackward(
      CpuMatrix y,
      int pixels,
      CpuMatrix scale,
      CpuMatrix yBar,
      boolean accumulate,
      CpuMatrix xBar) {
    groupNorm.backward(y, pixels, scale, yBar, accumulate, xBar);
  }

  @Override
  protected void doAttention(CpuMatrix qkv, int tokens, int heads, CpuMatrix y) {
    attention.forward(qkv, tokens, heads, y);
  }

  @Override
  protected void doAttentionBackward(
      CpuMatrix qkv, int tokens, int heads, CpuMatrix yBar, boolean accumulate, CpuMatrix qkvBar) {
    attention.backward(qkv, tokens, heads, yBar, accumulate, qkvBar);
  }

  @Override
  protected void doAttentionStep(
      CpuMatrix qkv, int token, int heads, CpuMatrix cache, CpuMatrix y) {
    attention.step(qkv, token, heads, cache, y);
  }

  @Override
  protected void doConvolve(CpuMatrix x, Window window, CpuMatrix weight, CpuMatrix y) {
    convolution.forward(x, window, weight, y);
  }

  @Override
  protected void doConvolveInputs(
      CpuMatrix yBar, Window window, CpuMatrix weight, boolean accumulate, CpuMatrix xBar) {
    convolution.inputs(yBar, window, weight, accumulate, xBar);
  }

  @Override
  protected void doConvolveWeights(
      double alpha, CpuMatrix yBar, CpuMatrix x, Window window, double beta, CpuMatrix weightBar) {
    convolution.weights(alpha, yBar, x, window, beta, weightBar);
  }

  /** Returns the bytes of native memory that this backend's matrices hold. */
  public long bytes() {
    return memory.bytes();
  }

  @Override
  protected @Nullable CpuMatrix ownOrNull(Matrix m) {
    return m instanceof CpuMatrix matrix && matrix.owner() == this ? matrix : null;
  }

  @Override
  protected void release() {
    workers.close();
    memory.free();
  }
}
