package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Matrix;

/** Part of a value, or all of it in another shape, in the same memory. */
final class ViewNode extends Node {

  private final Var x;
  private final int offset;
  private final int rows;
  private final Var y;

  private ViewNode(Var x, int offset, int rows, Var y) {
    this.x = x;
    this.offset = offset;
    this.rows = rows;
    this.y = y;
  }

  static Var reshape(Tape tape, Var x, int rows, int cols) {
    if (rows * cols != x.rows() * x.cols()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "reshape: %d x %d does not have the elements of %d x %d"
              .formatted(rows, cols, x.rows(), x.cols()));
    }
    if (x.tangents() == 0 || rows == 0) {
      return view(tape, x, 0, rows, cols, x.isDifferentiable());
    }
    // Each tangent has the elements of the value, so they follow one another in the new shape too.
    int all = (1 + x.tangents()) * rows;
    Matrix there = x.stack().view(0, all, cols);
    Var y =
        new Var(tape, there, rows, x.tangents(), x.isDifferentiable(), x.tangentsDifferentiable());
    tape.record(new ViewNode(x, 0, all, y));
    return y.withUnits(x.units().ofResult());
  }

  static Var slice(Tape tape, Var x, int from, int to) {
    Selections.Columns.requireRange(x, from, to);
    if (x.rows() != 1 || x.tangents() > 0) {
      return Selections.Columns.apply(tape, x, from, to);
    }
    return view(tape, x, from, 1, to - from, x.isDifferentiable());
  }

  static Var value(Tape tape, Var x) {
    return view(tape, x, 0, x.rows(), x.cols(), x.isDifferentiable());
  }

  static Var tangent(Tape tape, Var x, int k) {
    // A value without rows cannot tell how many tangents it has: each of them is empty.
    if (k < 0 || (k >= x.tangents() && x.rows() > 0)) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, "tangent " + k + " of a value with " + x.tangents());
    }
    // Before asking whether the sweep reaches it: tangents may be computed by being asked for.
    x.stack();
    int offset = (k + 1) * x.rows() * x.cols();
    return view(tape, x, offset, x.rows(), x.cols(), x.tangentsDifferentiable());
  }

  private static Var view(
      Tape tape, Var x, int offset, int rows, int cols, boolean differentiable) {
    Matrix there = seen(x, offset, rows, cols);
    Var y = new Var(tape, there, rows, differentiable, false);
    tape.record(new ViewNode(x, offset, rows, y));
    return y;
  }

  /** Does not ask for tangents where it is the value that is looked at. */
  private static Matrix seen(Var x, int offset, int rows, int cols) {
    boolean ofValue = offset + rows * cols <= x.rows() * x.cols();
    return (ofValue ? x.value() : x.stack()).view(offset, rows, cols);
  }

  @Override
  void restore() {
    y.rebind(seen(x, offset, rows, y.cols()));
  }

  @Override
  void reverse() {
    if (y.reached()) {
      Matrix target = x.zeroedAdjoint().view(offset, y.adjointRows(), y.cols());
      y.tape().backend().add(1, y.adjoint(), 1, target);
    }
  }
}
