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
    Tape.requireNoTangents(x, "columnSum");
    Matrix result = tape.take(1, x.cols());
    tape.backend().columnDots(1, x.value(), null, 0, result);
    Var y = new Var(tape, result, 1, x.isDifferentiable(), false);
    tape.record(new ColumnSumNode(x, y));
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
