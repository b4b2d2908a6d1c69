package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Matrix;

/** Columns by an index, or the transpose of that; each is the other one's reverse. */
final class GatherNode extends Node {

  private final Var x;
  private final ColumnIndex index;
  private final boolean gathers;
  private final Var y;

  private GatherNode(Var x, ColumnIndex index, boolean gathers, Var y) {
    this.x = x;
    this.index = index;
    this.gathers = gathers;
    this.y = y;
  }

  static Var gather(Tape tape, Var x, ColumnIndex index) {
    return apply(tape, x, index, true, index.targetCols());
  }

  static Var scatter(Tape tape, Var x, ColumnIndex index) {
    return apply(tape, x, index, false, index.sourceCols());
  }

  private static Var apply(Tape tape, Var x, ColumnIndex index, boolean gathers, int cols) {
    Matrix result = tape.take(x.stack().rows(), cols);
    move(tape.backend(), gathers, x.stack(), index, false, result);
    Var y = new Var(tape, result, x.rows(), x.isDifferentiable(), x.tangentsDifferentiable());
    tape.record(new GatherNode(x, index, gathers, y));
    return y;
  }

  private static void move(
      Backend backend, boolean gathers, Matrix from, ColumnIndex index, boolean add, Matrix to) {
    if (gathers) {
      backend.gatherColumns(from, index, add, to);
    } else {
      backend.scatterColumns(from, index, add, to);
    }
  }

  @Override
  void reverse() {
    if (y.reached() && x.isDifferentiable()) {
      boolean add = x.beginAdjoint() != 0;
      move(y.tape().backend(), !gathers, y.adjoint(), index, add, x.adjoint());
    }
  }
}
