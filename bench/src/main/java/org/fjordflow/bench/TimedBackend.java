package org.fjordflow.bench;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntConsumer;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/**
 * A backend whose work another one does, and that adds up the time within matrix products and what
 * they compute, over all threads. Matrices are the other one's.
 */
final class TimedBackend implements Backend {

  /**
   * What matrix products took.
   *
   * @param nanos within products, the sum over threads
   * @param flops floating-point operations: {@code 2 m n k} for m x k times k x n
   */
  record Products(long nanos, long flops) {

    /** Returns operations by a thread in a nanosecond, which is 10^9 in a second. */
    double rate() {
      return (double) flops / nanos;
    }
  }

  private final CpuBackend inner;
  private final LongAdder nanos = new LongAdder();
  private final LongAdder flops = new LongAdder();

  /**
   * Creates it.
   *
   * @param inner does the work; closed with this
   */
  TimedBackend(CpuBackend inner) {
    this.inner = inner;
  }

  /** Returns what was added up since the last call, or since the beginning. */
  Products takeProducts() {
    return new Products(nanos.sumThenReset(), flops.sumThenReset());
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
    long start = System.nanoTime();
    inner.gemm(transposeA, transposeB, alpha, a, b, beta, c);
    nanos.add(System.nanoTime() - start);
    flops.add(2L * c.size() * (transposeA ? a.rows() : a.cols()));
  }

  @Override
  public String name() {
    return inner.name();
  }

  @Override
  public int threads() {
    return inner.threads();
  }

  @Override
  public void parallel(int count, IntConsumer task) {
    inner.parallel(count, task);
  }

  @Override
  public Lease lease() {
    return inner.lease();
  }

  @Override
  public boolean isClosed() {
    return inner.isClosed();
  }

  @Override
  public DType dtype() {
    return inner.dtype();
  }

  @Override
  public Matrix allocate(int rows, int cols) {
    return inner.allocate(rows, cols);
  }

  @Override
  public void upload(double[] source, int offset, Matrix target) {
    inner.upload(source, offset, target);
  }

  @Override
  public void download(Matrix source, double[] target, int offset) {
    inner.download(source, target, offset);
  }

  @Override
  public void copy(Matrix source, Matrix target) {
    inner.copy(source, target);
  }

  @Override
  public void transpose(Matrix source, Matrix target) {
    inner.transpose(source, target);
  }

  @Override
  public void fill(double value, Matrix target) {
    inner.fill(value, target);
  }

  @Override
  public void add(double alpha, Matrix x, double beta, Matrix y) {
    inner.add(alpha, x, beta, y);
  }

  @Override
  public void multiply(double alpha, Matrix a, Matrix b, double beta, Matrix c) {
    inner.multiply(alpha, a, b, beta, c);
  }

  @Override
  public void rowDots(double alpha, Matrix a, @Nullable Matrix b, double beta, Matrix y) {
    inner.rowDots(alpha, a, b, beta, y);
  }

  @Override
  public void columnDots(double alpha, Matrix a, @Nullable Matrix b, double beta, Matrix y) {
    inner.columnDots(alpha, a, b, beta, y);
  }

  @Override
  public void copyColumns(
      Matrix source,
      int sourceColumn,
      Matrix target,
      int targetColumn,
      int count,
      boolean accumulate) {
    inner.copyColumns(source, sourceColumn, target, targetColumn, count, accumulate);
  }

  @Override
  public void gatherColumns(Matrix source, ColumnIndex index, boolean accumulate, Matrix target) {
    inner.gatherColumns(source, index, accumulate, target);
  }

  @Override
  public void scatterColumns(Matrix source, ColumnIndex index, boolean accumulate, Matrix target) {
    inner.scatterColumns(source, index, accumulate, target);
  }

  @Override
  public void softmax(Matrix x, Matrix y, Matrix logSumExp) {
    inner.softmax(x, y, logSumExp);
  }

  @Override
  public void apply(
      Elementwise f, Matrix x, Matrix y, @Nullable Matrix first, @Nullable Matrix second) {
    inner.apply(f, x, y, first, second);
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
    inner.layerForward(f, p, n, gate, shift, y, first, second);
  }

  @Override
  public void timedLayerForward(
      Elementwise f,
      Matrix p,
      Matrix times,
      Matrix gateWeight,
      Matrix gateBias,
      Matrix bias,
      @Nullable Matrix drift,
      Matrix y) {
    inner.timedLayerForward(f, p, times, gateWeight, gateBias, bias, drift, y);
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
    inner.layerBackward(p, n, gate, first, second, yBar, pBar, gateBar, shiftBar);
  }

  @Override
  public void normalizeRows(Matrix x, double epsilon, Matrix y, Matrix scale) {
    inner.normalizeRows(x, epsilon, y, scale);
  }

  @Override
  public void normalizeRowsBackward(
      Matrix y, Matrix scale, Matrix yBar, boolean accumulate, Matrix xBar) {
    inner.normalizeRowsBackward(y, scale, yBar, accumulate, xBar);
  }

  @Override
  public void normalizeGroups(Matrix x, int pixels, double epsilon, Matrix y, Matrix scale) {
    inner.normalizeGroups(x, pixels, epsilon, y, scale);
  }

  @Override
  public void normalizeGroupsBackward(
      Matrix y, int pixels, Matrix scale, Matrix yBar, boolean accumulate, Matrix xBar) {
    inner.normalizeGroupsBackward(y, pixels, scale, yBar, accumulate, xBar);
  }

  @Override
  public void convolve(Matrix x, Window window, Matrix weight, Matrix y) {
    inner.convolve(x, window, weight, y);
  }

  @Override
  public void convolveInputs(
      Matrix yBar, Window window, Matrix weight, boolean accumulate, Matrix xBar) {
    inner.convolveInputs(yBar, window, weight, accumulate, xBar);
  }

  @Override
  public void convolveWeights(
      double alpha, Matrix yBar, Matrix x, Window window, double beta, Matrix weightBar) {
    inner.convolveWeights(alpha, yBar, x, window, beta, weightBar);
  }

  @Override
  public void attention(Matrix qkv, int tokens, int heads, Matrix y) {
    inner.attention(qkv, tokens, heads, y);
  }

  @Override
  public void attentionBackward(
      Matrix qkv, int tokens, int heads, Matrix yBar, boolean accumulate, Matrix qkvBar) {
    inner.attentionBackward(qkv, tokens, heads, yBar, accumulate, qkvBar);
  }

  @Override
  public void attentionStep(Matrix qkv, int token, int heads, Matrix cache, Matrix y) {
    inner.attentionStep(qkv, token, heads, cache, y);
  }

  @Override
  public void close() {
    inner.close();
  }
}
