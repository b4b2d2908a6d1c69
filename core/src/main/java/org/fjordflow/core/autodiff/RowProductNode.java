package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/** {@code y_i = W_i x_i} and {@code y_ki = W_i x_ki + W_ki x_i}, with a matrix for each row. */
final class RowProductNode extends Node {

  private final Var x;
  private final Var weights;
  private final Var y;

  private RowProductNode(Var x, Var weights, Var y) {
    this.x = x;
    this.weights = weights;
    this.y = y;
  }

  static Var apply(Tape tape, Var x, Var weights) {
    int n = x.rows();
    int in = x.cols();
    if (weights.rows() != n || in == 0 || weights.cols() % in != 0) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "rowProduct: weights are %d x %d for %d x %d; expected as many rows, and a multiple of its columns"
              .formatted(weights.rows(), weights.cols(), n, in));
    }
    Broadcasting.requireSameTangents(x, weights, "rowProduct");
    int tangents = Math.max(x.tangents(), weights.tangents());
    Matrix result = tape.take((1 + tangents) * n, weights.cols() / in);
    Var y =
        new Var(
            tape, result, n, tangents, x.isDifferentiable() || weights.isDifferentiable(), true);
    RowProductNode node = new RowProductNode(x, weights, y);
    node.multiply();
    tape.record(node);
    return y;
  }

  private void multiply() {
    Backend backend = y.tape().backend();
    for (int i = 0; i < y.rows(); i++) {
      Matrix value = row(x.stack(), 0, i);
      Matrix weight = matrix(weights.stack(), 0, i);
      for (int k = 0; k <= y.tangents(); k++) {
        Matrix target = row(y.stack(), k, i);
        boolean moves = k <= x.tangents();
        if (moves) {
          backend.gemm(false, true, 1, row(x.stack(), k, i), weight, 0, target);
        }
        if (k > 0 && k <= weights.tangents()) {
          Matrix tangent = matrix(weights.stack(), k, i);
          backend.gemm(false, true, 1, value, tangent, moves ? 1 : 0, target);
        }
      }
    }
  }

  /** Row i of the value (k = 0) or of a tangent. */
  private Matrix row(Matrix stack, int k, int i) {
    int at = k * y.rows() + i;
    return stack.rows(at, at + 1);
  }

  /** The weights of row i, of the value (k = 0) or of a tangent. */
  private Matrix matrix(Matrix stack, int k, int i) {
    int at = (k * y.rows() + i) * weights.cols();
    return stack.view(at, y.cols(), x.cols());
  }

  @Override
  void reverse() {
    if (!y.reached()) {
      return;
    }
    if (x.isDifferentiable()) {
      reverseInput(y.tape().backend(), x.zeroedAdjoint());
    }
    if (weights.isDifferentiable()) {
      reverseWeights(y.tape().backend(), weights.zeroedAdjoint());
    }
  }

  private void reverseInput(Backend backend, Matrix target) {
    for (int i = 0; i < y.rows(); i++) {
      Matrix weight = matrix(weights.stack(), 0, i);
      for (int k = 0; k <= y.tangents(); k++) {
        Matrix bar = row(y.adjoint(), k, i);
        if (k == 0 || (k <= x.tangents() && x.tangentsDifferentiable())) {
          backend.gemm(false, false, 1, bar, weight, 1, row(target, k, i));
        }
        if (k > 0 && k <= weights.tangents()) {
          Matrix tangent = matrix(weights.stack(), k, i);
          backend.gemm(false, false, 1, bar, tangent, 1, row(target, 0, i));
        }
      }
    }
  }

  private void reverseWeights(Backend backend, Matrix target) {
    for (int i = 0; i < y.rows(); i++) {
      Matrix value = row(x.stack(), 0, i);
      for (int k = 0; k <= y.tangents(); k++) {
        Matrix bar = row(y.adjoint(), k, i);
        if (k <= x.tangents()) {
          backend.gemm(true, false, 1, bar, row(x.stack(), k, i), 1, matrix(target, 0, i));
        }
        if (k > 0 && k <= weights.tangents() && weights.tangentsDifferentiable()) {
          backend.gemm(true, false, 1, bar, value, 1, matrix(target, k, i));
        }
      }
    }
  }
}
