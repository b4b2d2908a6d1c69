package org.fjordflow.core.autodiff;

import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.fjordflow.core.backend.Matrix;

/** Part of a value, or all of it in another shape, in the same memory. */
final class ViewNode extends Node {

  private final Var x;
  private final int offset;
  private final Var y;

  private ViewNode(Var x, int offset, Var y) {
    this.x = x;
    this.offset = offset;
    this.y = y;
  }

  static Var reshape(Tape tape, Var x, int rows, int cols) {
    Tape.requireNoTangents(x, "reshape");
    if (rows * cols != x.rows() * x.cols()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "reshape: %d x %d does not have the elements of %d x %d"
              .formatted(rows, cols, x.rows(), x.cols()));
    }
    return view(tape, x, 0, rows, cols, x.isDifferentiable());
  }

  /** The value (0) or tangent k (from 1). */
  static Var block(Tape tape, Var x, int k) {
    if (k > x.tangents()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, "tangent " + (k - 1) + " of a value with " + x.tangents());
    }
    boolean differentiable = k == 0 ? x.isDifferentiable() : x.tangentsDifferentiable();
    return view(tape, x, k * x.rows() * x.cols(), x.rows(), x.cols(), differentiable);
  }

  private static Var view(
      Tape tape, Var x, int offset, int rows, int cols, boolean differentiable) {
    Var y = new Var(tape, x.stack().view(offset, rows, cols), rows, differentiable, false);
    tape.record(new ViewNode(x, offset, y));
    return y;
  }

  @Override
  void reverse() {
    if (y.reached()) {
      Matrix target = x.zeroedAdjoint().view(offset, y.rows(), y.cols());
      y.tape().backend().add(1, y.adjoint(), 1, target);
    }
  }
}
