package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/**
 * Rows of mean zero and variance one; the formulas are those of {@code Backend.normalizeRows}. With
 * the Jacobian {@code J = scale (1 - 1/n - y y^T / n)} of a row, which is symmetric:
 *
 * <pre>
 * y_k = J x_k      xBar_k = J yBar_k
 * xBar = J (yBar - scale sum_k (yBar_k mean(y x_k) + x_k mean(y yBar_k)))
 *        - scale y sum_k mean(yBar_k y_k)
 * </pre>
 */
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
    if (!(epsilon > 0)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "layerNorm: epsilon " + epsilon + "; expected a positive number");
    }
    Backend backend = tape.backend();
    int n = x.rows();
    Matrix result = tape.take(x.stack().rows(), x.cols());
    Matrix value = result.rows(0, n);
    Matrix scale = tape.take(n, 1);
    backend.normalizeRows(x.value(), epsilon, value, scale);
    for (int k = 1; k <= x.tangents(); k++) {
      Matrix target = result.rows(k * n, (k + 1) * n);
      backend.normalizeRowsBackward(value, scale, x.tangent(k - 1), false, target);
    }
    Var y = new Var(tape, result, n, x.isDifferentiable(), true);
    tape.record(new LayerNormNode(x, y, scale));
    return y.withUnits(x.units().ofResult());
  }

  @Override
  void reverse() {
    if (!y.reached() || !x.isDifferentiable()) {
      return;
    }
    Backend backend = y.tape().backend();
    int n = x.rows();
    boolean accumulate = x.beginAdjoint() != 0;
    Matrix target = x.adjoint().rows(0, n);
    if (x.tangents() == 0) {
      backend.normalizeRowsBackward(y.value(), scale, y.adjoint(), accumulate, target);
      return;
    }
    Matrix bar = y.tape().take(n, x.cols());
    Matrix scaleBar = y.tape().take(n, 1);
    gatherTangents(bar, scaleBar);
    backend.normalizeRowsBackward(y.value(), scale, bar, accumulate, target);
    backend.multiply(-1, y.value(), scaleBar, 1, target);
    for (int k = 1; k <= x.tangents() && x.tangentsDifferentiable(); k++) {
      Matrix ofTangent = x.adjoint().rows(k * n, (k + 1) * n);
      Matrix given = y.adjoint().rows(k * n, (k + 1) * n);
      backend.normalizeRowsBackward(y.value(), scale, given, accumulate, ofTangent);
    }
  }

  /** Writes what J multiplies in the adjoint of the value, and the factor of y behind it. */
  private void gatherTangents(Matrix bar, Matrix scaleBar) {
    Backend backend = y.tape().backend();
    int n = x.rows();
    double each = 1.0 / Math.max(1, x.cols());
    Matrix column = y.tape().take(n, 1);
    backend.copy(y.adjoint().rows(0, n), bar);
    for (int k = 1; k <= x.tangents(); k++) {
      Matrix given = y.adjoint().rows(k * n, (k + 1) * n);
      backend.rowDots(each, given, y.tangent(k - 1), k == 1 ? 0 : 1, scaleBar);
      backend.rowDots(each, y.value(), x.tangent(k - 1), 0, column);
      backend.multiply(1, column, scale, 0, column);
      backend.multiply(-1, given, column, 1, bar);
      backend.rowDots(each, y.value(), given, 0, column);
      backend.multiply(1, column, scale, 0, column);
      backend.multiply(-1, x.tangent(k - 1), column, 1, bar);
    }
    backend.multiply(1, scaleBar, scale, 0, scaleBar);
  }
}
