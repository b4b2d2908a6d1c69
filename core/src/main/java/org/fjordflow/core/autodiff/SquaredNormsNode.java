package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/** {@code y_i = sum_k w_k sum_j x_kij^2} over the value (k = 0) and the tangents after it. */
final class SquaredNormsNode extends Node {

  private final Var x;
  private final double[] weights;
  private final Var y;

  private SquaredNormsNode(Var x, double[] weights, Var y) {
    this.x = x;
    this.weights = weights;
    this.y = y;
  }

  static Var apply(Tape tape, Var x, double... weights) {
    // A value without tangents does not depend on what moves: its tangents are zeros.
    if (weights.length == 0 || (x.tangents() > 0 && weights.length != 1 + x.tangents())) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "squaredNorms: %d weights for a value with %d tangents"
              .formatted(weights.length, x.tangents()));
    }
    Backend backend = tape.backend();
    Matrix result = tape.take(x.rows(), 1);
    backend.rowDots(weights[0], x.value(), x.value(), 0, result);
    boolean ofTangents = false;
    for (int k = 0; k < x.tangents(); k++) {
      // Tangents that do not count may not even have been computed.
      if (weights[k + 1] != 0) {
        Matrix tangent = x.tangent(k);
        backend.rowDots(weights[k + 1], tangent, tangent, 1, result);
        ofTangents = true;
      }
    }
    boolean differentiable =
        (weights[0] != 0 && x.isDifferentiable()) || (ofTangents && x.tangentsDifferentiable());
    Var y = new Var(tape, result, x.rows(), differentiable, false);
    tape.record(new SquaredNormsNode(x, weights.clone(), y));
    return y;
  }

  @Override
  void reverse() {
    if (!y.reached()) {
      return;
    }
    int n = x.rows();
    if (!x.tangentsDifferentiable()) {
      double keep = x.beginAdjoint();
      y.tape().backend().multiply(2 * weights[0], x.value(), y.adjoint(), keep, x.adjoint());
      return;
    }
    Matrix bar = x.zeroedAdjoint();
    for (int k = 0; k <= x.tangents(); k++) {
      if (weights[k] != 0) {
        Matrix of = x.stack().rows(k * n, (k + 1) * n);
        Matrix target = bar.rows(k * n, (k + 1) * n);
        y.tape().backend().multiply(2 * weights[k], of, y.adjoint(), 1, target);
      }
    }
  }
}
