package org.fjordflow.core.backend;

import org.jspecify.annotations.Nullable;

/**
 * The element-wise part of a layer and its reverse on a stack of value and tangents, each in one
 * pass over memory. Shapes have been checked by the caller; the formulas are in {@link Backend}.
 */
final class CpuLayers {

  private final Lanes lanes;

  CpuLayers(Lanes lanes) {
    this.lanes = lanes;
  }

  void forward(
      Elementwise f,
      CpuMatrix p,
      int n,
      int tangents,
      @Nullable CpuMatrix gate,
      @Nullable CpuMatrix shift,
      CpuMatrix y,
      @Nullable CpuMatrix first,
      @Nullable CpuMatrix second) {
    int cols = p.cols();
    int step = lanes.tileRows(cols);
    loadRowPattern(gate, cols, step, 1);
    loadRowPattern(shift, cols, step, 2);
    for (int i = 0; i < n; i += step) {
      int length = Math.min(step, n - i) * cols;
      lanes.load(0, p, i * cols, length);
      if (gate != null) {
        lanes.multiply(0, 1, 0, length);
      }
      if (shift != null) {
        lanes.addScaled(1, 2, 0, length);
      }
      activate(f, 0, i * cols, length, y, first, second);
      if (tangents > 0 && gate != null) {
        lanes.multiply(10, 1, 10, length);
      }
      for (int k = 1; k <= tangents; k++) {
        int at = (k * n + i) * cols;
        lanes.load(0, p, at, length);
        lanes.multiply(0, 10, 0, length);
        lanes.store(0, y, at, length);
      }
    }
  }

  /** Stores f of a register and, where wanted, its derivatives; leaves f' in register 10. */
  void activate(
      Elementwise f,
      int r,
      int at,
      int n,
      CpuMatrix y,
      @Nullable CpuMatrix first,
      @Nullable CpuMatrix second) {
    lanes.activate(f, r, r, 10, 11, n);
    lanes.store(r, y, at, n);
    if (first != null) {
      lanes.store(10, first, at, n);
    }
    if (second != null) {
      lanes.store(11, second, at, n);
    }
  }

  /** Fills a register with copies of a row, if there is one. */
  private void loadRowPattern(@Nullable CpuMatrix row, int cols, int copies, int r) {
    if (row != null && cols > 0) {
      lanes.load(r, row, 0, cols);
      lanes.repeat(r, cols, copies * cols);
    }
  }

  void backward(
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
    int cols = p.cols();
    int step = lanes.tileRows(cols);
    loadRowPattern(gate, cols, step, 1);
    lanes.fill(2, 0, step * cols);
    lanes.fill(3, 0, step * cols);
    for (int i = 0; i < n; i += step) {
      int length = Math.min(step, n - i) * cols;
      int value = i * cols;
      if (first != null) {
        lanes.load(5, first, value, length);
      }
      // Register 4 gathers uBar of the value; 6 gathers sum_k p_k yBar_k for the second derivative.
      lanes.load(4, yBar, value, length);
      if (first != null) {
        lanes.multiply(4, 5, 4, length);
      }
      lanes.fill(6, 0, length);
      for (int k = 1; k <= tangents; k++) {
        int at = (k * n + i) * cols;
        lanes.load(7, yBar, at, length);
        lanes.load(8, p, at, length);
        lanes.multiplyAdd(7, 8, 6, length);
        scaleTangent(first != null, gate != null, length);
        lanes.store(7, pBar, at, length);
      }
      if (gateBar != null && tangents > 0) {
        // sum_k p_k uBar_k = f' sum_k p_k yBar_k.
        addProduct(6, first != null ? 5 : -1, 2, length);
      }
      if (second != null && tangents > 0) {
        lanes.load(9, second, value, length);
        lanes.multiply(6, 9, 6, length);
        if (gate != null) {
          lanes.multiply(6, 1, 6, length);
        }
        lanes.addScaled(1, 6, 4, length);
      }
      if (shiftBar != null) {
        lanes.addScaled(1, 4, 3, length);
      }
      if (gateBar != null) {
        lanes.load(8, p, value, length);
        lanes.multiplyAdd(4, 8, 2, length);
      }
      if (gate != null) {
        lanes.multiply(4, 1, 4, length);
      }
      lanes.store(4, pBar, value, length);
    }
    if (gateBar != null) {
      lanes.storeColumnSums(1, 2, step * cols, 0, gateBar);
    }
    if (shiftBar != null) {
      lanes.storeColumnSums(1, 3, step * cols, 0, shiftBar);
    }
  }

  /** Register 7 holds yBar_k; makes it pBar_k = gate f' yBar_k. */
  private void scaleTangent(boolean derivative, boolean gated, int length) {
    if (derivative) {
      lanes.multiply(7, 5, 7, length);
    }
    if (gated) {
      lanes.multiply(7, 1, 7, length);
    }
  }

  /** c = a b + c, with ones for a negative b. */
  private void addProduct(int a, int b, int c, int length) {
    if (b < 0) {
      lanes.addScaled(1, a, c, length);
    } else {
      lanes.multiplyAdd(a, b, c, length);
    }
  }
}
