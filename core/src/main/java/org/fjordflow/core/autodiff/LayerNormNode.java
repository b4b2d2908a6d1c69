package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Matrix;

/** Rows of mean zero and variance one; the formulas are those of {@code Backend.normalizeRows}. */
final class LayerNormNode extends Node {

  private final Var x;
  private final Var y;
  private final Matrix scale;

  private LayerNormNode(Var x, Var y, Matrix scale) {
    this.x = x;
    this.y = y;
    this.scale = scale;
  }

  static Var apply(Tape tape, Var x, double epsilon) {
    Tape.requireNoTangents(x, "layerNorm");
    if (!(epsilon > 0)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "layerNorm: epsilon " + epsilon + "; expected a positive number");
    }
    Matrix result = tape.take(x.rows(), x.cols());
    Matrix scale = tape.take(x.rows(), 1);
    tape.backend().normalizeRows(x.value(), epsilon, result, scale);
    Var y = new Var(tape, result, x.rows(), x.isDifferentiable(), false);
    tape.record(new LayerNormNode(x, y, scale));
    return y;
  }

  @Override
  void reverse() {
    if (y.reached() && x.isDifferentiable()) {
      boolean accumulate = x.beginAdjoint() != 0;
      y.tape()
          .backend()
          .normalizeRowsBackward(y.value(), scale, y.adjoint(), accumulate, x.adjoint());
    }
  }
}
