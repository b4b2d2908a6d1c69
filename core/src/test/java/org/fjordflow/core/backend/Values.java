package org.fjordflow.core.backend;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/** A plain row-major float64 matrix that reference loops work on. */
final class Values {
  final int rows;
  final int cols;
  final double[] at;

  Values(int rows, int cols, double... at) {
    if (at.length != rows * cols) {
      throw new IllegalArgumentException(at.length + " values for " + rows + " x " + cols);
    }
    this.rows = rows;
    this.cols = cols;
    this.at = at;
  }

  static Values zeros(int rows, int cols) {
    return new Values(rows, cols, new double[rows * cols]);
  }

  static Values constant(int rows, int cols, double value) {
    return zeros(rows, cols).map(x -> value);
  }

  double get(int row, int col) {
    return at[row * cols + col];
  }

  void set(int row, int col, double value) {
    at[row * cols + col] = value;
  }

  /** Returns the element that broadcasting puts at a row and a column. */
  double broadcast(int row, int col) {
    return get(rows == 1 ? 0 : row, cols == 1 ? 0 : col);
  }

  Values map(DoubleUnaryOperator f) {
    return new Values(rows, cols, Arrays.stream(at).map(f).toArray());
  }

  Values abs() {
    return map(Math::abs);
  }

  Values rows(int from, int to) {
    return new Values(to - from, cols, Arrays.copyOfRange(at, from * cols, to * cols));
  }

  String shape() {
    return rows + " x " + cols;
  }
}
