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
    Tape.requireNoTangents(x, "repeat");
    if (x.rows() != 1) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, "repeat: expected one row, given " + x.rows());
    }
    Matrix result = tape.take(rows, x.cols());
    tape.backend().add(1, x.value(), 0, result);
    Var y = new Var(tape, result, rows, x.isDifferentiable(), false);
    tape.record(new RepeatNode(x, y));
    return y;
  }

  @Override
  void reverse() {
    if (y.reached() && x.isDifferentiable()) {
      double keep = x.beginAdjoint();
      y.tape().backend().columnDots(1, y.adjoint(), null, keep, x.adjoint());
    }
  }
}
