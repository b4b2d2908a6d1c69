package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/** {@code y = alpha x + beta}. */
final class AffineNode extends Node {

  private final double alpha;
  private final Var x;
  private final Var y;

  private AffineNode(double alpha, Var x, Var y) {
    this.alpha = alpha;
    this.x = x;
    this.y = y;
  }

  static Var apply(Tape tape, double alpha, Var x, double beta) {
    Backend backend = tape.backend();
    Matrix result = tape.take(x.stack().rows(), x.cols());
    backend.add(alpha, x.stack(), 0, result);
    if (beta != 0) {
      backend.add(beta, tape.constant(1).value(), 1, result.rows(0, x.rows()));
    }
    Var y = new Var(tape, result, x.rows(), x.isDifferentiable(), x.tangentsDifferentiable());
    tape.record(new AffineNode(alpha, x, y));
    return y;
  }

  @Override
  void reverse() {
    if (y.reached() && x.isDifferentiable()) {
      double keep = x.beginAdjoint();
      y.tape().backend().add(alpha, y.adjoint(), keep, x.adjoint());
    }
  }
}
