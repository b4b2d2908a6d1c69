package org.fjordflow.core.backend;

import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.internal.Leases;
import org.fjordflow.core.backend.internal.Workers;
import org.jspecify.annotations.Nullable;

/**
 * What backends extend: every primitive checks here that its matrices belong to the backend and
 * that their shapes fit, then calls the method {@code do...} that computes. Those methods do what
 * {@link Backend} says of the primitive, and need not check anything. Rows are normalised and
 * attended to by other primitives unless a backend has something faster. It is known here, too, who
 * uses the backend, so that {@link #close} returns no memory under an operation that is running.
 *
 * @param <M> the backend's matrices
 */
public abstract class CheckedBackend<M extends BackendMatrix<M>> implements Backend {

  private final Leases leases = new Leases(this::release, this::closedError);
  private final @Nullable ReentrantLock turn;

  /** Creates a backend of which several threads may run operations at once. */
  protected CheckedBackend() {
    this(false);
  }

  /**
   * Creates a backend.
   *
   * @param oneAtATime whether operations of several threads wait for each other, for a backend that
   *     shares memory among them
   */
  protected CheckedBackend(boolean oneAtATime) {
    turn = oneAtATime ? new ReentrantLock() : null;
  }

  /** Begins an operation. */
  private Leases.Slot begin() {
    Leases.Slot slot = leases.enter();
    if (turn != null) {
      turn.lock();
    }
    return slot;
  }

  /** Ends an operation. */
  private void end(Leases.Slot slot) {
    if (turn != null) {
      turn.unlock();
    }
    leases.exit(slot);
  }

  /**
   * Returns native memory and whatever else is held; called once, after {@link #close} and when no
   * operation runs any more, by the thread that was the last one.
   */
  protected abstract void release();

  private FjordException closedError() {
    return new FjordException(
        ErrorKey.CLOSED,
        "the %s %s backend of this model has been closed, and its arrays are gone; create or load the model anew, and close it when nothing needs it any more"
            .formatted(dtype().id(), name()));
  }

  /** Returns what the calling thread has of this backend. */
  final Leases.Slot slot() {
    return leases.slot();
  }

  /** Returns what makes threads drop what they have of this backend, without holding it. */
  final Runnable forget() {
    return leases.forget();
  }

  @Override
  public final Lease lease() {
    Leases.Slot slot = leases.enter();
    return new Lease() {
      private boolean ended;

      @Override
      public void close() {
        if (!ended) {
          ended = true;
          leases.exit(slot);
        }
      }
    };
  }

  @Override
  public final boolean isClosed() {
    return leases.isClosed();
  }

  @Override
  public final void close() {
    leases.close();
  }

  /** Returns the matrix itself if it is of this very backend, or null if not. */
  protected abstract @Nullable M ownOrNull(Matrix m);

  /**
   * Returns a matrix as one of this backend's own.
   *
   * @throws FjordException TYPE_MISMATCH if it belongs to another backend
   */
  private M own(Matrix m) {
    M own = ownOrNull(m);
    if (own == null) {
      throw new FjordException(
          ErrorKey.TYPE_MISMATCH,
          m + " does not belong to this " + dtype() + " " + name() + " backend");
    }
    return own;
  }

  private @Nullable M optional(@Nullable Matrix m) {
    return m == null ? null : own(m);
  }

  /** One: backends with threads of their own override this together with {@link #doParallel}. */
  @Override
  public int threads() {
    return 1;
  }

  @Override
  public final void parallel(int count, IntConsumer task) {
    Leases.Slot slot = leases.enter();
    try {
      doParallel(count, index -> runPart(task, index));
    } finally {
      leases.exit(slot);
    }
  }

  /** A task is a part of its caller's use, also of one that began before the backend was closed. */
  private void runPart(IntConsumer task, int index) {
    Leases.Slot slot = leases.enterPart();
    try {
      task.accept(index);
    } finally {
      leases.exit(slot);
    }
  }

  /**
   * {@link #parallel}. Here one after the other, on the caller's thread; all are run even where one
   * fails.
   */
  protected void doParallel(int count, IntConsumer task) {
    Workers.inSequence(count, task);
  }

  @Override
  public final Matrix allocate(int rows, int cols) {
    Shapes.requireDimensions(rows, cols);
    Leases.Slot slot = begin();
    try {
      return doAllocate(rows, cols);
    } finally {
      end(slot);
    }
  }

  /** {@link #allocate}. */
  protected abstract M doAllocate(int rows, int cols);

  @Override
  public final void upload(double[] source, int offset, Matrix target) {
    M to = own(target);
    Shapes.requireRange(offset, to.size(), source.length, "source of upload");
    Leases.Slot slot = begin();
    try {
      doUpload(source, offset, to);
    } finally {
      end(slot);
    }
  }

  /** {@link #upload}. */
  protected abstract void doUpload(double[] source, int offset, M target);

  @Override
  public final void download(Matrix source, double[] target, int offset) {
    M from = own(source);
    Shapes.requireRange(offset, from.size(), target.length, "target of download");
    Leases.Slot slot = begin();
    try {
      doDownload(from, target, offset);
    } finally {
      end(slot);
    }
  }

  /** {@link #download}. */
  protected abstract void doDownload(M source, double[] target, int offset);

  @Override
  public final void copy(Matrix source, Matrix target) {
    M from = own(source);
    M to = own(target);
    Shapes.requireSize(from.size(), to.size(), "target of copy");
    Leases.Slot slot = begin();
    try {
      doCopy(from, to);
    } finally {
      end(slot);
    }
  }

  /** {@link #copy}. */
  protected abstract void doCopy(M source, M target);

  @Override
  public final void transpose(Matrix source, Matrix target) {
    M from = own(source);
    M to = own(target);
    Shapes.require(to, /* rows= */ from.cols(), /* cols= */ from.rows(), "target of transpose");
    Leases.Slot slot = begin();
    try {
      doTranspose(from, to);
    } finally {
      end(slot);
    }
  }

  /** {@link #transpose}. */
  protected abstract void doTranspose(M source, M target);

  @Override
  public final void fill(double value, Matrix target) {
    Leases.Slot slot = begin();
    try {
      doFill(value, own(target));
    } finally {
      end(slot);
    }
  }

  /** {@link #fill}. */
  protected abstract void doFill(double value, M target);

  @Override
  public final void gemm(
      boolean transposeA,
      boolean transposeB,
      double alpha,
      Matrix a,
      Matrix b,
      double beta,
      Matrix c) {
    M left = own(a);
    M right = own(b);
    M target = own(c);
    int inner = Shapes.requireProduct(transposeA, transposeB, left, right, target);
    Leases.Slot slot = begin();
    try {
      doGemm(transposeA, transposeB, inner, alpha, left, right, beta, target);
    } finally {
      end(slot);
    }
  }

  /**
   * {@link #gemm}.
   *
   * @param inner columns of op(a), zero or more
   */
  protected abstract void doGemm(
      boolean transposeA, boolean transposeB, int inner, double alpha, M a, M b, double beta, M c);

  @Override
  public final void add(double alpha, Matrix x, double beta, Matrix y) {
    M operand = own(x);
    M target = own(y);
    Shapes.requireBroadcast(operand, target, "x of add");
    Leases.Slot slot = begin();
    try {
      doAdd(alpha, operand, beta, target);
    } finally {
      end(slot);
    }
  }

  /** {@link #add}. */
  protected abstract void doAdd(double alpha, M x, double beta, M y);

  @Override
  public final void multiply(double alpha, Matrix a, Matrix b, double beta, Matrix c) {
    M left = own(a);
    M operand = own(b);
    M target = own(c);
    Shapes.require(left, target.rows(), target.cols(), "a of multiply");
    Shapes.requireBroadcast(operand, target, "b of multiply");
    Leases.Slot slot = begin();
    try {
      doMultiply(alpha, left, operand, beta, target);
    } finally {
      end(slot);
    }
  }

  /** {@link #multiply}. */
  protected abstract void doMultiply(double alpha, M a, M b, double beta, M c);

  @Override
  public final void rowDots(double alpha, Matrix a, @Nullable Matrix b, double beta, Matrix y) {
    M left = own(a);
    M right = optional(b);
    M target = own(y);
    Shapes.requireOptional(right, left.rows(), left.cols(), "b of rowDots");
    Shapes.require(target, left.rows(), 1, "y of rowDots");
    Leases.Slot slot = begin();
    try {
      doRowDots(alpha, left, right, beta, target);
    } finally {
      end(slot);
    }
  }

  /** {@link #rowDots}. */
  protected abstract void doRowDots(double alpha, M a, @Nullable M b, double beta, M y);

  @Override
  public final void columnDots(double alpha, Matrix a, @Nullable Matrix b, double beta, Matrix y) {
    M left = own(a);
    M right = optional(b);
    M target = own(y);
    Shapes.requireOptional(right, left.rows(), left.cols(), "b of columnDots");
    Shapes.require(target, 1, left.cols(), "y of columnDots");
    Leases.Slot slot = begin();
    try {
      doColumnDots(alpha, left, right, beta, target);
    } finally {
      end(slot);
    }
  }

  /** {@link #columnDots}. */
  protected abstract void doColumnDots(double alpha, M a, @Nullable M b, double beta, M y);

  @Override
  public final void copyColumns(
      Matrix source,
      int sourceColumn,
      Matrix target,
      int targetColumn,
      int count,
      boolean accumulate) {
    M from = own(source);
    M to = own(target);
    Shapes.requireRange(sourceColumn, count, from.cols(), "source of copyColumns");
    Shapes.requireRange(targetColumn, count, to.cols(), "target of copyColumns");
    Shapes.require(to, from.rows(), to.cols(), "target of copyColumns");
    Leases.Slot slot = begin();
    try {
      doCopyColumns(from, sourceColumn, to, targetColumn, count, accumulate);
    } finally {
      end(slot);
    }
  }

  /** {@link #copyColumns}. */
  protected abstract void doCopyColumns(
      M source, int sourceColumn, M target, int targetColumn, int count, boolean accumulate);

  @Override
  public final void gatherColumns(
      Matrix source, ColumnIndex index, boolean accumulate, Matrix target) {
    M from = own(source);
    M to = own(target);
    Shapes.require(from, to.rows(), index.sourceCols(), "source of gatherColumns");
    Shapes.require(to, from.rows(), index.targetCols(), "target of gatherColumns");
    Leases.Slot slot = begin();
    try {
      doGatherColumns(from, index, accumulate, to);
    } finally {
      end(slot);
    }
  }

  /** {@link #gatherColumns}. */
  protected abstract void doGatherColumns(
      M source, ColumnIndex index, boolean accumulate, M target);

  @Override
  public final void scatterColumns(
      Matrix source, ColumnIndex index, boolean accumulate, Matrix target) {
    M from = own(source);
    M to = own(target);
    Shapes.require(from, to.rows(), index.targetCols(), "source of scatterColumns");
    Shapes.require(to, from.rows(), index.sourceCols(), "target of scatterColumns");
    Leases.Slot slot = begin();
    try {
      doScatterColumns(from, index, accumulate, to);
    } finally {
      end(slot);
    }
  }

  /** {@link #scatterColumns}. */
  protected abstract void doScatterColumns(
      M source, ColumnIndex index, boolean accumulate, M target);

  @Override
  public final void softmax(Matrix x, Matrix y, Matrix logSumExp) {
    M from = own(x);
    M to = own(y);
    M logs = own(logSumExp);
    Shapes.require(to, from.rows(), from.cols(), "y of softmax");
    Shapes.require(logs, from.rows(), 1, "logSumExp of softmax");
    Leases.Slot slot = begin();
    try {
      doSoftmax(from, to, logs);
    } finally {
      end(slot);
    }
  }

  /** {@link #softmax}. */
  protected abstract void doSoftmax(M x, M y, M logSumExp);

  @Override
  public final void apply(
      Elementwise f, Matrix x, Matrix y, @Nullable Matrix first, @Nullable Matrix second) {
    M from = own(x);
    M to = own(y);
    M d1 = optional(first);
    M d2 = optional(second);
    Shapes.require(to, from.rows(), from.cols(), "y of apply");
    Shapes.requireOptional(d1, from.rows(), from.cols(), "first of apply");
    Shapes.requireOptional(d2, from.rows(), from.cols(), "second of apply");
    Leases.Slot slot = begin();
    try {
      doApply(f, from, to, d1, d2);
    } finally {
      end(slot);
    }
  }

  /** {@link #apply}. */
  protected abstract void doApply(Elementwise f, M x, M y, @Nullable M first, @Nullable M second);

  @Override
  public final void layerForward(
      Elementwise f,
      Matrix p,
      int n,
      @Nullable Matrix gate,
      @Nullable Matrix shift,
      Matrix y,
      @Nullable Matrix first,
      @Nullable Matrix second) {
    int tangents = Shapes.requireStack(p, n);
    int cols = p.cols();
    Shapes.requireOptionalRows(gate, n, cols, "gate of layerForward");
    Shapes.requireOptionalRows(shift, n, cols, "shift of layerForward");
    Shapes.require(y, p.rows(), cols, "y of layerForward");
    Shapes.requireOptional(first, n, cols, "first of layerForward");
    Shapes.requireOptional(second, n, cols, "second of layerForward");
    Leases.Slot slot = begin();
    try {
      doLayerForward(
          f,
          own(p),
          n,
          tangents,
          optional(gate),
          optional(shift),
          own(y),
          optional(first),
          optional(second));
    } finally {
      end(slot);
    }
  }

  @Override
  public final void timedLayerForward(
      Elementwise f,
      Matrix p,
      Matrix times,
      Matrix gateWeight,
      Matrix gateBias,
      Matrix bias,
      @Nullable Matrix drift,
      Matrix y) {
    int n = times.rows();
    int tangents = Shapes.requireStack(p, n);
    int cols = p.cols();
    Shapes.require(times, n, 1, "times of timedLayerForward");
    Shapes.require(gateWeight, 1, cols, "gateWeight of timedLayerForward");
    Shapes.require(gateBias, 1, cols, "gateBias of timedLayerForward");
    Shapes.require(bias, 1, cols, "bias of timedLayerForward");
    Shapes.requireOptional(drift, 1, cols, "drift of timedLayerForward");
    Shapes.require(y, p.rows(), cols, "y of timedLayerForward");
    M products = own(p);
    M own = own(times);
    M weights = own(gateWeight);
    M offsets = own(gateBias);
    M shift = own(bias);
    M slope = optional(drift);
    M target = own(y);
    Leases.Slot slot = begin();
    try {
      doTimedLayerForward(f, products, tangents, own, weights, offsets, shift, slope, target);
    } finally {
      end(slot);
    }
  }

  /**
   * {@link #timedLayerForward}.
   *
   * @param tangents how many tangents p has, k
   */
  protected abstract void doTimedLayerForward(
      Elementwise f,
      M p,
      int tangents,
      M times,
      M gateWeight,
      M gateBias,
      M bias,
      @Nullable M drift,
      M y);

  /**
   * {@link #layerForward}.
   *
   * @param tangents how many tangents p has, k
   */
  protected abstract void doLayerForward(
      Elementwise f,
      M p,
      int n,
      int tangents,
      @Nullable M gate,
      @Nullable M shift,
      M y,
      @Nullable M first,
      @Nullable M second);

  @Override
  public final void layerBackward(
      Matrix p,
      int n,
      @Nullable Matrix gate,
      @Nullable Matrix first,
      @Nullable Matrix second,
      Matrix yBar,
      Matrix pBar,
      @Nullable Matrix gateBar,
      @Nullable Matrix shiftBar) {
    int tangents = Shapes.requireStack(p, n);
    int cols = p.cols();
    Shapes.requireOptionalRows(gate, n, cols, "gate of layerBackward");
    Shapes.requireOptional(first, n, cols, "first of layerBackward");
    Shapes.requireOptional(second, n, cols, "second of layerBackward");
    Shapes.require(yBar, p.rows(), cols, "yBar of layerBackward");
    Shapes.require(pBar, p.rows(), cols, "pBar of layerBackward");
    Shapes.requireOptionalRows(gateBar, n, cols, "gateBar of layerBackward");
    Shapes.requireOptionalRows(shiftBar, n, cols, "shiftBar of layerBackward");
    Leases.Slot slot = begin();
    try {
      doLayerBackward(
          own(p),
          n,
          tangents,
          optional(gate),
          optional(first),
          optional(second),
          own(yBar),
          own(pBar),
          optional(gateBar),
          optional(shiftBar));
    } finally {
      end(slot);
    }
  }

  /**
   * {@link #layerBackward}.
   *
   * @param tangents how many tangents p has, k
   */
  protected abstract void doLayerBackward(
      M p,
      int n,
      int tangents,
      @Nullable M gate,
      @Nullable M first,
      @Nullable M second,
      M yBar,
      M pBar,
      @Nullable M gateBar,
      @Nullable M shiftBar);

  @Override
  public final void normalizeRows(Matrix x, double epsilon, Matrix y, Matrix scale) {
    Shapes.require(y, x.rows(), x.cols(), "y of normalizeRows");
    Shapes.require(scale, x.rows(), 1, "scale of normalizeRows");
    Leases.Slot slot = begin();
    try {
      doNormalizeRows(own(x), epsilon, own(y), own(scale));
    } finally {
      end(slot);
    }
  }

  /** {@link #normalizeRows}. */
  protected void doNormalizeRows(M x, double epsilon, M y, M scale) {
    ComposedRows.normalize(this, x, epsilon, y, scale);
  }

  @Override
  public final void normalizeRowsBackward(
      Matrix y, Matrix scale, Matrix yBar, boolean accumulate, Matrix xBar) {
    Shapes.require(scale, y.rows(), 1, "scale of normalizeRowsBackward");
    Shapes.require(yBar, y.rows(), y.cols(), "yBar of normalizeRowsBackward");
    Shapes.require(xBar, y.rows(), y.cols(), "xBar of normalizeRowsBackward");
    Leases.Slot slot = begin();
    try {
      doNormalizeRowsBackward(own(y), own(scale), own(yBar), accumulate, own(xBar));
    } finally {
      end(slot);
    }
  }

  /** {@link #normalizeRowsBackward}. */
  protected void doNormalizeRowsBackward(M y, M scale, M yBar, boolean accumulate, M xBar) {
    ComposedRows.normalizeBackward(this, y, scale, yBar, accumulate, xBar);
  }

  @Override
  public final void normalizeGroups(Matrix x, int pixels, double epsilon, Matrix y, Matrix scale) {
    Shapes.requireGroups(x, pixels, scale, "normalizeGroups");
    Shapes.require(y, x.rows(), x.cols(), "y of normalizeGroups");
    Leases.Slot slot = begin();
    try {
      doNormalizeGroups(own(x), pixels, epsilon, own(y), own(scale));
    } finally {
      end(slot);
    }
  }

  /** {@link #normalizeGroups}. */
  protected void doNormalizeGroups(M x, int pixels, double epsilon, M y, M scale) {
    ComposedGroups.normalize(this, x, pixels, epsilon, y, scale);
  }

  @Override
  public final void normalizeGroupsBackward(
      Matrix y, int pixels, Matrix scale, Matrix yBar, boolean accumulate, Matrix xBar) {
    Shapes.requireGroups(y, pixels, scale, "normalizeGroupsBackward");
    Shapes.require(yBar, y.rows(), y.cols(), "yBar of normalizeGroupsBackward");
    Shapes.require(xBar, y.rows(), y.cols(), "xBar of normalizeGroupsBackward");
    Leases.Slot slot = begin();
    try {
      doNormalizeGroupsBackward(own(y), pixels, own(scale), own(yBar), accumulate, own(xBar));
    } finally {
      end(slot);
    }
  }

  /** {@link #normalizeGroupsBackward}. */
  protected void doNormalizeGroupsBackward(
      M y, int pixels, M scale, M yBar, boolean accumulate, M xBar) {
    ComposedGroups.normalizeBackward(this, y, pixels, scale, yBar, accumulate, xBar);
  }

  @Override
  public final void attention(Matrix qkv, int tokens, int heads, Matrix y) {
    Shapes.requireSequences(qkv, tokens, heads, y, "attention");
    Leases.Slot slot = begin();
    try {
      doAttention(own(qkv), tokens, heads, own(y));
    } finally {
      end(slot);
    }
  }

  /** {@link #attention}. */
  protected void doAttention(M qkv, int tokens, int heads, M y) {
    ComposedRows.attention(this, qkv, tokens, heads, y);
  }

  @Override
  public final void attentionBackward(
      Matrix qkv, int tokens, int heads, Matrix yBar, boolean accumulate, Matrix qkvBar) {
    Shapes.requireSequences(qkv, tokens, heads, yBar, "attentionBackward");
    Shapes.require(qkvBar, qkv.rows(), qkv.cols(), "qkvBar of attentionBackward");
    Leases.Slot slot = begin();
    try {
      doAttentionBackward(own(qkv), tokens, heads, own(yBar), accumulate, own(qkvBar));
    } finally {
      end(slot);
    }
  }

  /** {@link #attentionBackward}. */
  protected void doAttentionBackward(
      M qkv, int tokens, int heads, M yBar, boolean accumulate, M qkvBar) {
    ComposedRows.attentionBackward(this, qkv, tokens, heads, yBar, accumulate, qkvBar);
  }

  @Override
  public final void attentionStep(Matrix qkv, int token, int heads, Matrix cache, Matrix y) {
    Shapes.requireSequences(qkv, 1, heads, y, "attentionStep");
    Shapes.requireCache(cache, qkv, token, "attentionStep");
    Leases.Slot slot = begin();
    try {
      doAttentionStep(own(qkv), token, heads, own(cache), own(y));
    } finally {
      end(slot);
    }
  }

  /** {@link #attentionStep}. */
  protected void doAttentionStep(M qkv, int token, int heads, M cache, M y) {
    ComposedRows.attentionStep(this, qkv, token, heads, cache, y);
  }

  @Override
  public final void convolve(Matrix x, Window window, Matrix weight, Matrix y) {
    Shapes.requireConvolution(x, window, weight, y, "convolve");
    Leases.Slot slot = begin();
    try {
      doConvolve(own(x), window, own(weight), own(y));
    } finally {
      end(slot);
    }
  }

  /** {@link #convolve}. */
  protected void doConvolve(M x, Window window, M weight, M y) {
    ComposedConvolution.forward(this, x, window, weight, y);
  }

  @Override
  public final void convolveInputs(
      Matrix yBar, Window window, Matrix weight, boolean accumulate, Matrix xBar) {
    Shapes.requireConvolution(xBar, window, weight, yBar, "convolveInputs");
    Leases.Slot slot = begin();
    try {
      doConvolveInputs(own(yBar), window, own(weight), accumulate, own(xBar));
    } finally {
      end(slot);
    }
  }

  /** {@link #convolveInputs}. */
  protected void doConvolveInputs(M yBar, Window window, M weight, boolean accumulate, M xBar) {
    ComposedConvolution.inputs(this, yBar, window, weight, accumulate, xBar);
  }

  @Override
  public final void convolveWeights(
      double alpha, Matrix yBar, Matrix x, Window window, double beta, Matrix weightBar) {
    Shapes.requireConvolution(x, window, weightBar, yBar, "convolveWeights");
    Leases.Slot slot = begin();
    try {
      doConvolveWeights(alpha, own(yBar), own(x), window, beta, own(weightBar));
    } finally {
      end(slot);
    }
  }

  /** {@link #convolveWeights}. */
  protected void doConvolveWeights(
      double alpha, M yBar, M x, Window window, double beta, M weightBar) {
    ComposedConvolution.weights(this, alpha, yBar, x, window, beta, weightBar);
  }
}
