package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/** {@code y = alpha a + beta b}. */
final class SumNode extends Node {

  private final double alpha;
  private final Var a;
  private final double beta;
  private final Var b;
  private final Var y;

  private SumNode(double alpha, Var a, double beta, Var b, Var y) {
    this.alpha = alpha;
    this.a = a;
    this.beta = beta;
    this.b = b;
    this.y = y;
  }

  static Var apply(Tape tape, double alpha, Var a, double beta, Var b) {
    if (Broadcasting.goesFirst(b, a)) {
      return apply(tape, beta, b, alpha, a);
    }
    Broadcasting.require(a, b, "sum");
    Var expanded = Broadcasting.expanded(tape, a, b);
    if (expanded != b) {
      return apply(tape, alpha, a, beta, expanded);
    }
    Backend backend = tape.backend();
    Matrix result = tape.take(a.stack().rows(), a.cols());
    backend.add(alpha, a.stack(), 0, result);
    if (b.tangents() > 0) {
      backend.add(beta, b.stack(), 1, result);
    } else {
      backend.add(beta, b.value(), 1, result.rows(0, a.rows()));
    }
    Var y =
        new Var(
            tape,
            result,
            a.rows(),
            a.isDifferentiable() || b.isDifferentiable(),
            a.tangentsDifferentiable() || b.tangentsDifferentiable());
    tape.record(new SumNode(alpha, a, beta, b, y));
    return y;
  }

  @Override
  void reverse() {
    if (!y.reached()) {
      return;
    }
    if (a.isDifferentiable()) {
      double keep = a.beginAdjoint();
      y.tape().backend().add(alpha, y.adjoint().rows(0, a.adjointRows()), keep, a.adjoint());
    }
    if (b.isDifferentiable()) {
      double keep = b.beginAdjoint();
      int rows = Broadcasting.sameShape(a, b) ? b.adjointRows() : y.rows();
      Broadcasting.reduce(y.tape(), beta, y.adjoint().rows(0, rows), null, keep, b.adjoint());
    }
  }
}
