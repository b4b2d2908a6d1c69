package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/** {@code y = a b}, element by element, and {@code y_k = a_k b + a b_k}. */
final class ProductNode extends Node {

  private final Var a;
  private final Var b;
  private final Var y;

  private ProductNode(Var a, Var b, Var y) {
    this.a = a;
    this.b = b;
    this.y = y;
  }

  static Var apply(Tape tape, Var a, Var b) {
    if (Broadcasting.goesFirst(b, a)) {
      return apply(tape, b, a);
    }
    Broadcasting.require(a, b, "product");
    Var expanded = Broadcasting.expanded(tape, a, b);
    if (expanded != b) {
      return apply(tape, a, expanded);
    }
    Backend backend = tape.backend();
    Matrix result = tape.take(a.stack().rows(), a.cols());
    int n = a.rows();
    for (int k = 0; k <= a.tangents(); k++) {
      backend.multiply(1, block(a.stack(), n, k), b.value(), 0, block(result, n, k));
    }
    for (int k = 1; k <= b.tangents(); k++) {
      backend.multiply(1, block(b.stack(), n, k), a.value(), 1, block(result, n, k));
    }
    Var y = new Var(tape, result, n, a.isDifferentiable() || b.isDifferentiable(), true);
    tape.record(new ProductNode(a, b, y));
    return y;
  }

  private static Matrix block(Matrix stack, int n, int k) {
    return stack.rows(k * n, (k + 1) * n);
  }

  @Override
  void reverse() {
    if (!y.reached()) {
      return;
    }
    if (a.isDifferentiable()) {
      reverse(a, b);
    }
    if (b.isDifferentiable()) {
      reverse(b, a);
    }
  }

  /**
   * Adds to the adjoint of one operand: the value's is {@code yBar other + sum_k yBar_k other_k}, a
   * tangent's {@code yBar_k other}.
   */
  private void reverse(Var operand, Var other) {
    Tape tape = y.tape();
    int n = y.rows();
    double keep = operand.beginAdjoint();
    Matrix bar = y.adjoint();
    Matrix target = operand.adjoint().rows(0, operand.rows());
    addProduct(tape, block(bar, n, 0), other.value(), keep, target);
    for (int k = 1; k <= other.tangents(); k++) {
      addProduct(tape, block(bar, n, k), block(other.stack(), n, k), 1, target);
    }
    if (operand.tangentsDifferentiable()) {
      for (int k = 1; k <= operand.tangents(); k++) {
        Matrix tangent = block(operand.adjoint(), n, k);
        addProduct(tape, block(bar, n, k), other.value(), keep, tangent);
      }
    }
  }

  private static void addProduct(Tape tape, Matrix bar, Matrix with, double keep, Matrix target) {
    boolean whole = target.rows() == bar.rows() && target.cols() == bar.cols();
    if (whole) {
      tape.backend().multiply(1, bar, with, keep, target);
    } else {
      // Only the smaller operand is broadcast, so the other one has the shape of bar.
      Broadcasting.reduce(tape, 1, bar, with, keep, target);
    }
  }
}
