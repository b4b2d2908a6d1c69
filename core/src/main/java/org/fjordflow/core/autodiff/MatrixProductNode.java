package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/** {@code y = x W^T} and {@code y_k = x_k W^T + x W_k^T}, for a weight that has tangents. */
final class MatrixProductNode extends Node {

  private final Var x;
  private final Var weight;
  private final Var y;

  private MatrixProductNode(Var x, Var weight, Var y) {
    this.x = x;
    this.weight = weight;
    this.y = y;
  }

  static Var apply(Tape tape, Var x, Var weight) {
    Broadcasting.requireSameTangents(x, weight, "a layer");
    Backend backend = tape.backend();
    int n = x.rows();
    Matrix result = tape.take((1 + weight.tangents()) * n, weight.rows());
    Matrix own = result.rows(0, x.stack().rows());
    backend.gemm(false, true, 1, x.stack(), weight.value(), 0, own);
    double keep = x.tangents() > 0 ? 1 : 0;
    for (int k = 1; k <= weight.tangents(); k++) {
      Matrix target = result.rows(k * n, (k + 1) * n);
      backend.gemm(false, true, 1, x.value(), weight.tangent(k - 1), keep, target);
    }
    Var y =
        new Var(
            tape,
            result,
            n,
            weight.tangents(),
            x.isDifferentiable() || weight.isDifferentiable(),
            true);
    tape.record(new MatrixProductNode(x, weight, y));
    return y;
  }

  @Override
  void reverse() {
    if (!y.reached()) {
      return;
    }
    Backend backend = y.tape().backend();
    int n = y.rows();
    int out = weight.rows();
    Matrix bar = y.adjoint();
    if (x.isDifferentiable()) {
      Matrix target = x.zeroedAdjoint();
      backend.gemm(false, false, 1, bar.rows(0, x.adjointRows()), weight.value(), 1, target);
      for (int k = 1; k <= weight.tangents(); k++) {
        Matrix ofTangent = bar.rows(k * n, (k + 1) * n);
        backend.gemm(false, false, 1, ofTangent, weight.tangent(k - 1), 1, target.rows(0, n));
      }
    }
    if (weight.isDifferentiable()) {
      Matrix target = weight.zeroedAdjoint();
      Matrix input = x.stack();
      backend.gemm(true, false, 1, bar.rows(0, input.rows()), input, 1, target.rows(0, out));
      for (int k = 1; k <= weight.tangents() && weight.tangentsDifferentiable(); k++) {
        Matrix ofTangent = bar.rows(k * n, (k + 1) * n);
        Matrix place = target.rows(k * out, (k + 1) * out);
        backend.gemm(true, false, 1, ofTangent, x.value(), 1, place);
      }
    }
  }
}
