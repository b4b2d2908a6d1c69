package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/** {@code y = f((x W^T) gate + shift)}; the formulas are those of {@link Backend#layerBackward}. */
final class LayerNode extends Node {

  /** Products of so many times fewer inputs than outputs are multiplied anew, not kept. */
  private static final int CHEAP = 8;

  private final Elementwise f;
  private final Var x;
  private final Var weight;
  private final @Nullable Var gate;
  private final @Nullable Var shift;
  private final Var y;
  private final boolean recomputes;
  private Matrix product;
  private @Nullable Matrix first;
  private @Nullable Matrix second;

  private LayerNode(
      Elementwise f,
      Var x,
      Var weight,
      @Nullable Var gate,
      @Nullable Var shift,
      Var y,
      Matrix product,
      boolean recomputes,
      @Nullable Matrix first,
      @Nullable Matrix second) {
    this.f = f;
    this.x = x;
    this.weight = weight;
    this.gate = gate;
    this.shift = shift;
    this.y = y;
    this.product = product;
    this.recomputes = recomputes;
    this.first = first;
    this.second = second;
  }

  static Var apply(
      Tape tape, Elementwise f, Var x, Var weight, @Nullable Var gate, @Nullable Var shift) {
    Tape.requireNoTangents(weight, "the weight of a layer");
    boolean differentiable = x.isDifferentiable() || weight.isDifferentiable();
    for (Var row : new Var[] {gate, shift}) {
      if (row != null) {
        Tape.requireNoTangents(row, "the gate or shift of a layer");
        differentiable |= row.isDifferentiable();
      }
    }
    Backend backend = tape.backend();
    int out = weight.rows();
    boolean curved = f != Elementwise.IDENTITY;
    boolean keep = tape.isRecording() && differentiable;
    boolean lean = keep && curved && tape.isLean();
    boolean recomputes = lean && x.cols() <= out / CHEAP;
    int rows = x.stack().rows();
    Matrix product = recomputes ? tape.takeBriefly(rows, out) : tape.take(rows, out);
    multiply(x, weight, product);
    // Products are needed again by gates and second derivatives alone.
    Matrix result = product;
    if (lean) {
      result = recomputes ? product : tape.takeBriefly(rows, out);
    } else if (keep && (gate != null || (curved && x.tangents() > 0))) {
      result = tape.take(rows, out);
    }
    Matrix first = keep && curved && !lean ? tape.take(x.rows(), out) : null;
    Matrix second = first != null && x.tangents() > 0 ? tape.take(x.rows(), out) : null;
    backend.layerForward(
        f, product, x.rows(), valueOf(gate), valueOf(shift), result, first, second);
    Var y = new Var(tape, result, x.rows(), differentiable, true);
    if (keep) {
      tape.record(new LayerNode(f, x, weight, gate, shift, y, product, recomputes, first, second));
    }
    return y;
  }

  /** Result and derivatives anew, from the products where those cost more than a pass over them. */
  @Override
  void restore() {
    if (f == Elementwise.IDENTITY) {
      return;
    }
    Tape tape = y.tape();
    if (recomputes) {
      product = tape.takeBriefly(product.rows(), product.cols());
      multiply(x, weight, product);
    }
    Matrix result = tape.takeBriefly(product.rows(), product.cols());
    first = tape.takeBriefly(x.rows(), product.cols());
    second = x.tangents() > 0 ? tape.takeBriefly(x.rows(), product.cols()) : null;
    tape.backend()
        .layerForward(f, product, x.rows(), valueOf(gate), valueOf(shift), result, first, second);
    y.rebind(result);
  }

  private static void multiply(Var x, Var weight, Matrix product) {
    Backend backend = x.tape().backend();
    Matrix transpose = x.tape().transpose(weight);
    if (transpose == null) {
      backend.gemm(false, true, 1, x.stack(), weight.value(), 0, product);
    } else {
      backend.gemm(false, false, 1, x.stack(), transpose, 0, product);
    }
  }

  private static @Nullable Matrix valueOf(@Nullable Var row) {
    return row == null ? null : row.value();
  }

  @Override
  void reverse() {
    if (!y.reached()) {
      return;
    }
    Backend backend = y.tape().backend();
    Matrix bar = y.takeAdjoint();
    Matrix gateBar = scratch(gate);
    Matrix shiftBar = scratch(shift);
    backend.layerBackward(
        product, y.rows(), valueOf(gate), first, second, bar, bar, gateBar, shiftBar);
    addRow(gate, gateBar);
    addRow(shift, shiftBar);
    if (x.isDifferentiable()) {
      double beta = x.beginAdjoint();
      backend.gemm(
          false, false, 1, bar.rows(0, x.adjointRows()), weight.value(), beta, x.adjoint());
    }
    if (weight.isDifferentiable() && weight.parameter() == null) {
      double beta = weight.beginAdjoint();
      backend.gemm(true, false, 1, bar, x.stack(), beta, weight.adjoint());
    }
  }

  @Override
  void accumulate(double weightOfSweep, @Nullable Gradients sums) {
    Parameter parameter = weight.parameter();
    if (parameter != null && y.reached()) {
      y.tape()
          .backend()
          .gemm(true, false, weightOfSweep, y.adjoint(), x.stack(), 1, target(parameter, sums));
    }
  }

  private @Nullable Matrix scratch(@Nullable Var row) {
    return row == null || !row.isDifferentiable() ? null : y.tape().take(1, row.cols());
  }

  private void addRow(@Nullable Var row, @Nullable Matrix bar) {
    if (row != null && bar != null) {
      double beta = row.beginAdjoint();
      y.tape().backend().add(1, bar, beta, row.adjoint());
    }
  }
}
