package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/** A layer's products with unit vectors, which need no multiplication. */
final class UnitProducts {

  private UnitProducts() {}

  /**
   * Writes the products of tangents: that of a unit vector is a column of the weight, the same in
   * every row.
   *
   * @param x a value whose tangents are unit vectors
   * @param kept the weight's transpose, or null where none is kept
   * @param product (1 + tangents) rows x out. The rows of tangents are modified.
   */
  static void write(Var x, Var weight, @Nullable Matrix kept, Matrix product) {
    Tape tape = x.tape();
    Backend backend = tape.backend();
    Matrix transpose = kept;
    if (transpose == null) {
      transpose = tape.takeBriefly(/* rows= */ weight.cols(), /* cols= */ weight.rows());
      backend.transpose(weight.value(), transpose);
    }
    int n = x.rows();
    int column = x.units().column();
    for (int k = 0; k < x.tangents(); k++) {
      Matrix row = transpose.rows(column + k, column + k + 1);
      backend.add(1, row, 0, product.rows((k + 1) * n, (k + 2) * n));
    }
  }

  /**
   * Sums the adjoint of each tangent's product over its rows.
   *
   * @param bar (1 + tangents) rows x out. Not modified.
   * @return tangents x out
   */
  static Matrix sums(Var x, Matrix bar) {
    Tape tape = x.tape();
    int n = x.rows();
    Matrix sums = tape.take(x.tangents(), bar.cols());
    for (int k = 0; k < x.tangents(); k++) {
      Matrix ofTangent = bar.rows((k + 1) * n, (k + 2) * n);
      tape.backend().columnDots(1, ofTangent, null, 0, sums.rows(k, k + 1));
    }
    return sums;
  }

  /**
   * Adds what tangents contribute to a weight's gradient.
   *
   * @param sums as {@link #sums} gave them. Not modified.
   * @param target out x in. Modified.
   */
  static void addGradient(Var x, Matrix sums, double factor, Matrix target) {
    Tape tape = x.tape();
    Backend backend = tape.backend();
    Matrix units = tape.take(x.tangents(), x.cols());
    for (int k = 0; k < x.tangents(); k++) {
      backend.copy(x.tangent(k).rows(0, 1), units.rows(k, k + 1));
    }
    backend.gemm(true, false, factor, sums, units, 1, target);
  }
}
