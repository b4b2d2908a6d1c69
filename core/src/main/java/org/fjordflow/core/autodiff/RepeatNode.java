package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Matrix;

/** One row, repeated. */
final class RepeatNode extends Node {

  private final Var x;
  private final Var y;

  private RepeatNode(Var x, Var y) {
    this.x = x;
    this.y = y;
  }

  static Var apply(Tape tape, Var x, int rows) {
    if (x.rows() != 1 && x.rows() == rows) {
      return x;
    }
    if (x.rows() != 1) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, "repeat: expected one row or " + rows + ", given " + x.rows());
    }
    Matrix result = tape.take((1 + x.tangents()) * rows, x.cols());
    for (int k = 0; k <= x.tangents(); k++) {
      tape.backend().add(1, x.stack().rows(k, k + 1), 0, result.rows(k * rows, (k + 1) * rows));
    }
    Var y = new Var(tape, result, rows, x.isDifferentiable(), x.tangentsDifferentiable());
    tape.record(new RepeatNode(x, y));
    return y;
  }

  @Override
  void reverse() {
    if (y.reached() && x.isDifferentiable()) {
      double keep = x.beginAdjoint();
      int n = y.rows();
      for (int k = 0; k < x.adjointRows(); k++) {
        Matrix bar = y.adjoint().rows(k * n, (k + 1) * n);
        y.tape().backend().columnDots(1, bar, null, keep, x.adjoint().rows(k, k + 1));
      }
    }
  }
}
