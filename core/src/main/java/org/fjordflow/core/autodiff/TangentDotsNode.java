package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/** {@code y_i = factor sum_k sum_j e_kij x_kij} over tangents k. */
final class TangentDotsNode extends Node {

  private final Var x;
  private final Matrix directions;
  private final double factor;
  private final Var y;

  private TangentDotsNode(Var x, Matrix directions, double factor, Var y) {
    this.x = x;
    this.directions = directions;
    this.factor = factor;
    this.y = y;
  }

  static Var apply(Tape tape, Var x, Matrix directions, double factor) {
    int n = x.rows();
    // A value without tangents does not depend on what moves: its tangents are zeros.
    boolean whole = x.tangents() == 0 || directions.rows() == x.tangents() * n;
    if (!whole || directions.cols() != x.cols()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "tangentDots: directions are %d x %d, expected %d x %d"
              .formatted(directions.rows(), directions.cols(), x.tangents() * n, x.cols()));
    }
    Backend backend = tape.backend();
    Matrix result = tape.take(n, 1);
    backend.fill(0, result);
    for (int k = 0; k < x.tangents(); k++) {
      backend.rowDots(factor, x.tangent(k), directions.rows(k * n, (k + 1) * n), 1, result);
    }
    Var y = new Var(tape, result, n, x.tangentsDifferentiable(), false);
    tape.record(new TangentDotsNode(x, directions, factor, y));
    return y;
  }

  @Override
  void reverse() {
    if (!y.reached()) {
      return;
    }
    int n = x.rows();
    Matrix bar = x.zeroedAdjoint();
    for (int k = 0; k < x.tangents(); k++) {
      Matrix target = bar.rows((k + 1) * n, (k + 2) * n);
      Matrix direction = directions.rows(k * n, (k + 1) * n);
      y.tape().backend().multiply(factor, direction, y.adjoint(), 1, target);
    }
  }
}
