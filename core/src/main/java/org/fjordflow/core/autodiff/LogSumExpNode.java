package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/** Logarithm of the sum of exponentials of each row; its derivative is the softmax. */
final class LogSumExpNode extends Node {

  private final Var x;
  private final Var y;
  private final Matrix softmax;

  private LogSumExpNode(Var x, Var y, Matrix softmax) {
    this.x = x;
    this.y = y;
    this.softmax = softmax;
  }

  static Var apply(Tape tape, Var x) {
    Tape.requireNoTangents(x, "logSumExp");
    Matrix softmax = tape.take(x.rows(), x.cols());
    Matrix result = tape.take(x.rows(), 1);
    tape.backend().softmax(x.value(), softmax, result);
    Var y = new Var(tape, result, x.rows(), x.isDifferentiable(), false);
    tape.record(new LogSumExpNode(x, y, softmax));
    return y;
  }

  @Override
  void reverse() {
    if (y.reached() && x.isDifferentiable()) {
      Backend backend = y.tape().backend();
      double keep = x.beginAdjoint();
      backend.multiply(1, softmax, y.adjoint(), keep, x.adjoint());
    }
  }
}
