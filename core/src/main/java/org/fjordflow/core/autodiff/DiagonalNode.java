package org.fjordflow.core.autodiff;

import org.fjordflow.core.autodiff.internal.Gradients;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/**
 * The trace of a field's Jacobian where its last layer has not computed the tangents of its result:
 * of tangent k only column k is wanted, so each row of the weight meets one tangent.
 *
 * <pre>
 * y_i = sum_k g_k d_ki     d_ki = sum_j w_kj x_kij
 * </pre>
 *
 * <p>with the gate g, of all rows or of each, and tangents x_k of the layer's input.
 */
final class DiagonalNode extends Node {

  private final Var x;
  private final Var weight;
  private final @Nullable Var gate;
  private final Matrix products;
  private final Var y;
  private @Nullable Matrix weightBar;

  private DiagonalNode(LayerNode layer, Matrix products, Var y) {
    this.x = layer.input();
    this.weight = layer.weight();
    this.gate = layer.gate();
    this.products = products;
    this.y = y;
  }

  static Var apply(Tape tape, Var f, LayerNode layer) {
    Backend backend = tape.backend();
    Var x = layer.input();
    Matrix weight = layer.weight().value();
    int n = x.rows();
    Matrix products = tape.take(x.tangents(), n);
    for (int k = 0; k < x.tangents(); k++) {
      backend.gemm(false, true, 1, weight.rows(k, k + 1), x.tangent(k), 0, products.rows(k, k + 1));
    }
    Matrix result = tape.take(n, 1);
    Matrix row = result.view(0, 1, n);
    Var gate = layer.gate();
    if (gate == null) {
      backend.columnDots(1, products, null, 0, row);
    } else if (gate.rows() == 1) {
      backend.gemm(false, false, 1, gate.value(), products, 0, row);
    } else {
      backend.columnDots(1, products, transposed(tape, gate.value()), 0, row);
    }
    Var y = new Var(tape, result, n, f.isDifferentiable(), false);
    tape.record(new DiagonalNode(layer, products, y));
    return y;
  }

  @Override
  void reverse() {
    if (!y.reached()) {
      return;
    }
    Tape tape = y.tape();
    Backend backend = tape.backend();
    int n = y.rows();
    Matrix bar = y.adjoint();
    Matrix barRow = bar.view(0, 1, n);
    // Adjoints of products, one row a tangent, where they are not the same for all of these.
    Matrix bars = null;
    if (gate != null && gate.rows() != 1) {
      bars = transposed(tape, gate.value());
      backend.multiply(1, bars, barRow, 0, bars);
    }
    if (gate != null && gate.isDifferentiable()) {
      addGate(gate, barRow);
    }
    if (x.tangentsDifferentiable()) {
      addTangents(bars == null ? gated(weight.value()) : weight.value(), bar, bars);
    }
    if (weight.isDifferentiable()) {
      Matrix sums = tape.take(weight.rows(), weight.cols());
      for (int k = 0; k < x.tangents(); k++) {
        Matrix ofTangent = bars == null ? barRow : bars.rows(k, k + 1);
        backend.gemm(false, false, 1, ofTangent, x.tangent(k), 0, sums.rows(k, k + 1));
      }
      weightBar = bars == null ? gated(sums) : sums;
      if (weight.parameter() == null) {
        double beta = weight.beginAdjoint();
        backend.add(1, weightBar, beta, weight.adjoint());
      }
    }
  }

  private void addGate(Var owner, Matrix barRow) {
    Tape tape = y.tape();
    Backend backend = tape.backend();
    double beta = owner.beginAdjoint();
    if (owner.rows() == 1) {
      backend.gemm(false, true, 1, barRow, products, beta, owner.adjoint());
    } else {
      Matrix ofRows = transposed(tape, products);
      backend.multiply(1, ofRows, y.adjoint(), beta, owner.adjoint());
    }
  }

  private static Matrix transposed(Tape tape, Matrix m) {
    Matrix result = tape.take(/* rows= */ m.cols(), /* cols= */ m.rows());
    tape.backend().transpose(m, result);
    return result;
  }

  private void addTangents(Matrix rows, Matrix bar, @Nullable Matrix bars) {
    Backend backend = y.tape().backend();
    int n = y.rows();
    double beta = x.beginAdjoint();
    if (beta == 0) {
      backend.fill(0, x.adjoint().rows(0, n));
    }
    for (int k = 0; k < x.tangents(); k++) {
      Matrix target = x.adjoint().rows((k + 1) * n, (k + 2) * n);
      Matrix column = bars == null ? bar : bars.rows(k, k + 1).view(0, n, 1);
      backend.gemm(false, false, 1, column, rows.rows(k, k + 1), beta, target);
    }
  }

  /** Row k times the gate of output k. */
  private Matrix gated(Matrix rows) {
    if (gate == null) {
      return rows;
    }
    Matrix result = y.tape().take(rows.rows(), rows.cols());
    Matrix column = gate.value().view(0, rows.rows(), 1);
    y.tape().backend().multiply(1, rows, column, 0, result);
    return result;
  }

  @Override
  void accumulate(double weightOfSweep, @Nullable Gradients sums) {
    Parameter parameter = weight.parameter();
    if (parameter != null && weightBar != null) {
      y.tape().backend().add(weightOfSweep, weightBar, 1, target(parameter, sums));
    }
  }
}
