package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Matrix;

/** Sums of columns. */
final class ColumnSumNode extends Node {

  private final Var x;
  private final Var y;

  private ColumnSumNode(Var x, Var y) {
    this.x = x;
    this.y = y;
  }

  static Var apply(Tape tape, Var x) {
    Matrix result = tape.take(1 + x.tangents(), x.cols());
    for (int k = 0; k <= x.tangents(); k++) {
      Matrix block = k == 0 ? x.value() : x.tangent(k - 1);
      tape.backend().columnDots(1, block, null, 0, result.rows(k, k + 1));
    }
    Var y = new Var(tape, result, 1, x.isDifferentiable(), x.tangentsDifferentiable());
    tape.record(new ColumnSumNode(x, y));
    return y;
  }

  @Override
  void reverse() {
    if (y.reached() && x.isDifferentiable()) {
      double keep = x.beginAdjoint();
      int n = x.rows();
      for (int k = 0; k < y.adjointRows(); k++) {
        Matrix target = x.adjoint().rows(k * n, (k + 1) * n);
        y.tape().backend().add(1, y.adjoint().rows(k, k + 1), keep, target);
      }
    }
  }
}
