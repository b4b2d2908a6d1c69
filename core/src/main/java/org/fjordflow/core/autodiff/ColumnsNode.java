package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Matrix;

/** A range of columns. */
final class ColumnsNode extends Node {

  private final Var x;
  private final int from;
  private final Var y;

  private ColumnsNode(Var x, int from, Var y) {
    this.x = x;
    this.from = from;
    this.y = y;
  }

  static Var apply(Tape tape, Var x, int from, int to) {
    requireRange(x, from, to);
    Matrix result = tape.take(x.stack().rows(), to - from);
    tape.backend().copyColumns(x.stack(), from, result, 0, to - from, false);
    Var y = new Var(tape, result, x.rows(), x.isDifferentiable(), x.tangentsDifferentiable());
    tape.record(new ColumnsNode(x, from, y));
    return y;
  }

  static void requireRange(Var x, int from, int to) {
    if (from < 0 || to < from || to > x.cols()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, "columns " + from + " to " + to + " of " + x.cols());
    }
  }

  @Override
  void reverse() {
    if (y.reached() && x.isDifferentiable()) {
      Matrix target = x.zeroedAdjoint();
      y.tape().backend().copyColumns(y.adjoint(), 0, target, from, y.cols(), true);
    }
  }
}
