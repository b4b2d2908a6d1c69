package org.fjordflow.core.backend;

import java.util.function.Supplier;

/** {@link Backend#normalizeRows} and its reverse, a tile of rows after the other. */
final class CpuRowNorm {

  /** Elements that are worth a task of their own. */
  private static final int TASK = 1 << 15;

  /** Work on rows from (inclusive) to to (exclusive). */
  @FunctionalInterface
  private interface RowRange {
    void run(int from, int to);
  }

  private final CpuBackend backend;
  private final Supplier<Lanes> registers;

  /**
   * Creates it for a backend.
   *
   * @param registers those of the calling thread
   */
  CpuRowNorm(CpuBackend backend, Supplier<Lanes> registers) {
    this.backend = backend;
    this.registers = registers;
  }

  void forward(CpuMatrix x, double epsilon, CpuMatrix y, CpuMatrix scale) {
    deal(x, (from, to) -> forward(x, epsilon, y, scale, from, to));
  }

  void backward(CpuMatrix y, CpuMatrix scale, CpuMatrix yBar, boolean accumulate, CpuMatrix xBar) {
    deal(y, (from, to) -> backward(y, scale, yBar, accumulate, xBar, from, to));
  }

  private void deal(Matrix m, RowRange range) {
    int rows = m.rows();
    int parts = Math.min(2 * backend.threads(), Math.max(1, m.size() / TASK));
    backend.parallel(
        parts,
        part ->
            range.run(
                (int) ((long) rows * part / parts), (int) ((long) rows * (part + 1) / parts)));
  }

  private void forward(
      CpuMatrix x, double epsilon, CpuMatrix y, CpuMatrix scale, int from, int to) {
    Lanes lanes = registers.get();
    int cols = x.cols();
    int step = lanes.tileRows(cols);
    for (int i = from; i < to; i += step) {
      int rows = Math.min(step, to - i);
      int n = rows * cols;
      lanes.load(0, x, i * cols, n);
      addMean(lanes, 0, -1, 1, 2, rows, cols);
      lanes.multiply(0, 0, 2, n);
      lanes.sumRows(2, 1, rows, cols);
      lanes.scale(1.0 / cols, 1, rows);
      lanes.fill(3, epsilon, rows);
      lanes.addScaled(1, 3, 1, rows);
      lanes.activate(Elementwise.SQRT, 1, 1, 3, 4, 0, rows);
      lanes.activate(Elementwise.RECIPROCAL, 1, 1, 3, 4, 0, rows);
      lanes.store(1, scale, i, rows);
      lanes.spread(1, 2, rows, cols);
      lanes.multiply(0, 2, 0, n);
      lanes.store(0, y, i * cols, n);
    }
  }

  private void backward(
      CpuMatrix y,
      CpuMatrix scale,
      CpuMatrix yBar,
      boolean accumulate,
      CpuMatrix xBar,
      int from,
      int to) {
    Lanes lanes = registers.get();
    int cols = y.cols();
    int step = lanes.tileRows(cols);
    for (int i = from; i < to; i += step) {
      int rows = Math.min(step, to - i);
      int n = rows * cols;
      lanes.load(0, yBar, i * cols, n);
      lanes.load(1, y, i * cols, n);
      lanes.multiply(0, 1, 2, n);
      lanes.sumRows(2, 3, rows, cols);
      lanes.scale(-1.0 / cols, 3, rows);
      lanes.spread(3, 2, rows, cols);
      addMean(lanes, 0, -1, 3, 4, rows, cols);
      lanes.multiplyAdd(1, 2, 0, n);
      lanes.load(3, scale, i, rows);
      lanes.spread(3, 2, rows, cols);
      lanes.multiply(0, 2, 0, n);
      if (accumulate) {
        lanes.load(4, xBar, i * cols, n);
        lanes.addScaled(1, 4, 0, n);
      }
      lanes.store(0, xBar, i * cols, n);
    }
  }

  /** Adds the mean of each row times a factor to all of the row; two registers are lost. */
  private static void addMean(
      Lanes lanes, int r, double factor, int column, int spread, int rows, int cols) {
    lanes.sumRows(r, column, rows, cols);
    lanes.scale(factor / cols, column, rows);
    lanes.spread(column, spread, rows, cols);
    lanes.addScaled(1, spread, r, rows * cols);
  }
}
