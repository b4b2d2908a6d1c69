package org.fjordflow.core.backend;

import org.jspecify.annotations.Nullable;

/**
 * The element-wise part of a layer and its reverse on a stack of value and tangents, each in one
 * pass over memory. Shapes have been checked by the caller; the formulas are in {@link Backend}.
 */
final class CpuLayers {

  // Registers by name, eight in use at a time to stay in a first-level cache: in the reverse,
  // those of the tangents (SLOPE, TANGENT_BAR) are those of the value (BAR, BEND) afterwards.
  private static final int VALUE = 0;
  private static final int GATE = 1;
  private static final int SHIFT = 2;
  private static final int FIRST = 10;
  private static final int SECOND = 11;
  private static final int GATE_SUM = 2;
  private static final int SHIFT_SUM = 3;
  private static final int BAR = 6;
  private static final int PRODUCT = 4;
  private static final int TANGENT_SUM = 5;
  private static final int TANGENT_BAR = 7;
  private static final int SLOPE = 6;
  private static final int GATE_WEIGHT = 3;
  private static final int GATE_BIAS = 4;
  private static final int BIAS = 5;
  private static final int DRIFT = 6;
  private static final int TIME = 8;
  private static final int TIMES = 9;
  private static final int BEND = 7;

  private final Lanes lanes;

  CpuLayers(Lanes lanes) {
    this.lanes = lanes;
  }

  Lanes lanes() {
    return lanes;
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
    boolean ownGates = isOfRows(gate);
    boolean ownShifts = isOfRows(shift);
    loadRowPattern(gate, cols, step, GATE);
    loadRowPattern(shift, cols, step, SHIFT);
    for (int i = 0; i < n; i += step) {
      int length = Math.min(step, n - i) * cols;
      if (gate != null && ownGates) {
        lanes.load(GATE, gate, i * cols, length);
      }
      if (shift != null && ownShifts) {
        lanes.load(SHIFT, shift, i * cols, length);
      }
      lanes.load(VALUE, p, i * cols, length);
      if (gate != null && shift != null) {
        lanes.affine(VALUE, GATE, SHIFT, length);
      } else if (gate != null) {
        lanes.multiply(VALUE, GATE, VALUE, length);
      } else if (shift != null) {
        lanes.addScaled(1, SHIFT, VALUE, length);
      }
      forwardTile(f, p, n, tangents, gate != null, i, length, y, first, second);
    }
  }

  /** Rows from i on: their arguments and, where there are any, their gates are in the registers. */
  private void forwardTile(
      Elementwise f,
      CpuMatrix p,
      int n,
      int tangents,
      boolean gated,
      int i,
      int length,
      CpuMatrix y,
      @Nullable CpuMatrix first,
      @Nullable CpuMatrix second) {
    int cols = p.cols();
    boolean linear = f == Elementwise.IDENTITY;
    activate(f, i * cols, length, y, tangents > 0 && !linear, first, second);
    int slope = linear ? (gated ? GATE : -1) : FIRST;
    if (tangents > 0 && gated && !linear) {
      lanes.multiply(FIRST, GATE, FIRST, length);
    }
    for (int k = 1; k <= tangents; k++) {
      int at = (k * n + i) * cols;
      lanes.load(VALUE, p, at, length);
      if (slope >= 0) {
        lanes.multiply(VALUE, slope, VALUE, length);
      }
      lanes.store(VALUE, y, at, length);
    }
  }

  /** {@link Backend#timedLayerForward}: gates and shifts are made in the registers. */
  void forwardAt(
      Elementwise f,
      CpuMatrix p,
      int tangents,
      CpuMatrix times,
      CpuMatrix gateWeight,
      CpuMatrix gateBias,
      CpuMatrix bias,
      @Nullable CpuMatrix drift,
      CpuMatrix y) {
    int cols = p.cols();
    int n = times.rows();
    int step = lanes.tileRows(cols);
    // Patterns of rows make loops long, which is faster than a loop for each row.
    loadRowPattern(gateWeight, cols, step, GATE_WEIGHT);
    loadRowPattern(gateBias, cols, step, GATE_BIAS);
    loadRowPattern(bias, cols, step, BIAS);
    loadRowPattern(drift, cols, step, DRIFT);
    for (int i = 0; i < n; i += step) {
      int rows = Math.min(step, n - i);
      int length = rows * cols;
      lanes.load(TIMES, times, i, rows);
      lanes.spread(TIMES, TIME, rows, cols);
      lanes.multiply(TIME, GATE_WEIGHT, GATE, length);
      lanes.addScaled(1, GATE_BIAS, GATE, length);
      lanes.activate(Elementwise.SIGMOID, GATE, GATE, FIRST, SECOND, 0, length);
      if (drift == null) {
        lanes.multiply(GATE, BIAS, SHIFT, length);
      } else {
        lanes.sumOfProducts(GATE, BIAS, TIME, DRIFT, SHIFT, length);
      }
      lanes.load(VALUE, p, i * cols, length);
      lanes.affine(VALUE, GATE, SHIFT, length);
      forwardTile(f, p, n, tangents, true, i, length, y, null, null);
    }
  }

  /** Stores f(x) and, where wanted, its derivatives. */
  void apply(
      Elementwise f,
      CpuMatrix x,
      CpuMatrix y,
      @Nullable CpuMatrix first,
      @Nullable CpuMatrix second) {
    for (int i = 0; i < x.size(); i += lanes.tile) {
      int n = Math.min(lanes.tile, x.size() - i);
      lanes.load(VALUE, x, i, n);
      activate(f, i, n, y, false, first, second);
    }
  }

  /**
   * Stores f of a tile and what is wanted of its derivatives; leaves f' in its register if told.
   */
  private void activate(
      Elementwise f,
      int at,
      int n,
      CpuMatrix y,
      boolean slope,
      @Nullable CpuMatrix first,
      @Nullable CpuMatrix second) {
    int order = second != null ? 2 : first != null || slope ? 1 : 0;
    lanes.activate(f, VALUE, VALUE, FIRST, SECOND, order, n);
    lanes.store(VALUE, y, at, n);
    if (first != null) {
      lanes.store(FIRST, first, at, n);
    }
    if (second != null) {
      lanes.store(SECOND, second, at, n);
    }
  }

  /** Whether a gate, a shift or its adjoint is one of each row, not the same one of all. */
  private static boolean isOfRows(@Nullable CpuMatrix m) {
    return m != null && m.rows() != 1;
  }

  /** Fills a register with copies of a row, if there is one for all rows. */
  private void loadRowPattern(@Nullable CpuMatrix row, int cols, int copies, int r) {
    if (row != null && row.rows() == 1 && cols > 0) {
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
    boolean ownGates = isOfRows(gate);
    boolean ownGateBars = isOfRows(gateBar);
    boolean ownShiftBars = isOfRows(shiftBar);
    loadRowPattern(gate, cols, step, GATE);
    lanes.fill(GATE_SUM, 0, step * cols);
    lanes.fill(SHIFT_SUM, 0, step * cols);
    CpuMatrix bend = tangents > 0 ? second : null;
    boolean gathered = bend != null || gateBar != null;
    for (int i = 0; i < n; i += step) {
      int length = Math.min(step, n - i) * cols;
      int value = i * cols;
      if (gate != null && ownGates) {
        lanes.load(GATE, gate, value, length);
      }
      if (first != null) {
        lanes.load(FIRST, first, value, length);
      }
      int slope = first != null ? FIRST : gate != null ? GATE : -1;
      if (first != null && gate != null && tangents > 0) {
        lanes.multiply(FIRST, GATE, SLOPE, length);
        slope = SLOPE;
      }
      for (int k = 1; k <= tangents; k++) {
        int at = (k * n + i) * cols;
        lanes.load(TANGENT_BAR, yBar, at, length);
        if (gathered) {
          lanes.load(PRODUCT, p, at, length);
          gather(k, length);
        }
        if (slope >= 0) {
          lanes.multiply(TANGENT_BAR, slope, TANGENT_BAR, length);
        }
        lanes.store(TANGENT_BAR, pBar, at, length);
      }
      lanes.load(BAR, yBar, value, length);
      if (bend != null) {
        lanes.load(BEND, bend, value, length);
        if (gate != null) {
          lanes.multiply(BEND, GATE, BEND, length);
        }
      }
      valueBar(first != null, bend != null, length);
      if (shiftBar != null && ownShiftBars) {
        lanes.store(BAR, shiftBar, value, length);
      } else if (shiftBar != null) {
        lanes.addScaled(1, BAR, SHIFT_SUM, length);
      }
      if (gateBar != null) {
        lanes.load(PRODUCT, p, value, length);
        if (ownGateBars) {
          lanes.fill(GATE_SUM, 0, length);
        }
        gateSum(first != null, tangents > 0, length);
        if (ownGateBars) {
          lanes.store(GATE_SUM, gateBar, value, length);
        }
      }
      if (gate != null) {
        lanes.multiply(BAR, GATE, BAR, length);
      }
      lanes.store(BAR, pBar, value, length);
    }
    if (gateBar != null && !ownGateBars) {
      lanes.storeColumnSums(1, GATE_SUM, step, 0, gateBar, VALUE);
    }
    if (shiftBar != null && !ownShiftBars) {
      lanes.storeColumnSums(1, SHIFT_SUM, step, 0, shiftBar, VALUE);
    }
  }

  /** Gathers sum_k p_k yBar_k. */
  private void gather(int k, int length) {
    if (k == 1) {
      lanes.multiply(TANGENT_BAR, PRODUCT, TANGENT_SUM, length);
    } else {
      lanes.multiplyAdd(TANGENT_BAR, PRODUCT, TANGENT_SUM, length);
    }
  }

  /** Makes yBar of the value uBar = f' yBar + gate f'' sum_k p_k yBar_k. */
  private void valueBar(boolean sloped, boolean bent, int length) {
    if (sloped && bent) {
      lanes.sumOfProducts(BAR, FIRST, BEND, TANGENT_SUM, BAR, length);
    } else if (bent) {
      lanes.multiplyAdd(BEND, TANGENT_SUM, BAR, length);
    } else if (sloped) {
      lanes.multiply(BAR, FIRST, BAR, length);
    }
  }

  /** Adds p uBar + sum_k p_k uBar_k, of which the latter is f' sum_k p_k yBar_k. */
  private void gateSum(boolean sloped, boolean tangents, int length) {
    if (tangents && sloped) {
      lanes.addProducts(BAR, PRODUCT, FIRST, TANGENT_SUM, GATE_SUM, length);
    } else {
      lanes.multiplyAdd(BAR, PRODUCT, GATE_SUM, length);
      if (tangents) {
        lanes.addScaled(1, TANGENT_SUM, GATE_SUM, length);
      }
    }
  }
}
