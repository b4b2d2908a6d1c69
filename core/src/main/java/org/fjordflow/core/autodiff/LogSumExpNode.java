package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/**
 * Logarithm of the sum of exponentials of each row; its derivative is the softmax p:
 *
 * <pre>
 * y_ki = sum_j p_ij x_kij
 * xBar_ij = p_ij (yBar_i + sum_k yBar_ki (x_kij - y_ki))      xBar_kij = p_ij yBar_ki
 * </pre>
 */
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
    int n = x.rows();
    Matrix softmax = tape.take(n, x.cols());
    Matrix result = tape.take((1 + x.tangents()) * n, 1);
    tape.backend().softmax(x.value(), softmax, result.rows(0, n));
    for (int k = 1; k <= x.tangents(); k++) {
      Matrix target = result.rows(k * n, (k + 1) * n);
      tape.backend().rowDots(1, softmax, x.tangent(k - 1), 0, target);
    }
    Var y = new Var(tape, result, n, x.tangents(), x.isDifferentiable(), true);
    tape.record(new LogSumExpNode(x, y, softmax));
    return y;
  }

  @Override
  void reverse() {
    if (!y.reached() || !x.isDifferentiable()) {
      return;
    }
    Backend backend = y.tape().backend();
    int n = x.rows();
    double keep = x.beginAdjoint();
    Matrix target = x.adjoint().rows(0, n);
    backend.multiply(1, softmax, y.adjoint().rows(0, n), keep, target);
    if (x.tangents() == 0) {
      return;
    }
    Matrix column = y.tape().take(n, 1);
    Matrix sum = y.tape().take(n, x.cols());
    for (int k = 1; k <= x.tangents(); k++) {
      Matrix bar = y.adjoint().rows(k * n, (k + 1) * n);
      Matrix of = y.stack().rows(k * n, (k + 1) * n);
      backend.multiply(1, x.tangent(k - 1), bar, k == 1 ? 0 : 1, sum);
      backend.multiply(-1, of, bar, k == 1 ? 0 : 1, column);
      if (x.tangentsDifferentiable()) {
        Matrix ofTangent = x.adjoint().rows(k * n, (k + 1) * n);
        backend.multiply(1, softmax, bar, keep, ofTangent);
      }
    }
    backend.add(1, column, 1, sum);
    backend.multiply(1, softmax, sum, 1, target);
  }
}
