package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Matrix;

/** Sums of rows, of the value and of each tangent. */
final class RowSumNode extends Node {

  private final Var x;
  private final Var y;

  private RowSumNode(Var x, Var y) {
    this.x = x;
    this.y = y;
  }

  static Var apply(Tape tape, Var x) {
    Matrix result = tape.take(x.stack().rows(), 1);
    tape.backend().rowDots(1, x.stack(), null, 0, result);
    Var y = new Var(tape, result, x.rows(), x.isDifferentiable(), x.tangentsDifferentiable());
    tape.record(new RowSumNode(x, y));
    return y;
  }

  @Override
  void reverse() {
    if (y.reached() && x.isDifferentiable()) {
      double keep = x.beginAdjoint();
      y.tape().backend().add(1, y.adjoint(), keep, x.adjoint());
    }
  }
}
