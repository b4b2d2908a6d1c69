package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = f(x gate + shift)} element by element, and {@code y_k = f' gate x_k}: a layer without
 * its product.
 */
final class ElementwiseNode extends Node {

  private final Var x;
  private final @Nullable Var gate;
  private final @Nullable Var shift;
  private final Var y;
  private final @Nullable Matrix first;
  private final @Nullable Matrix second;

  private ElementwiseNode(
      Var x,
      @Nullable Var gate,
      @Nullable Var shift,
      Var y,
      @Nullable Matrix first,
      @Nullable Matrix second) {
    this.x = x;
    this.gate = gate;
    this.shift = shift;
    this.y = y;
    this.first = first;
    this.second = second;
  }

  static Var apply(Tape tape, Elementwise f, Var x, @Nullable Var gate, @Nullable Var shift) {
    boolean differentiable = x.isDifferentiable();
    boolean moves = false;
    for (Var row : new Var[] {gate, shift}) {
      if (row != null) {
        LayerNode.requireRows(row, x.rows(), x.cols());
        differentiable |= row.isDifferentiable();
        moves |= row.tangents() > 0;
      }
    }
    if (moves) {
      Var gated = gate == null ? x : tape.multiply(x, gate);
      return tape.apply(f, shift == null ? gated : tape.add(gated, shift));
    }
    Backend backend = tape.backend();
    Matrix result = tape.take(x.stack().rows(), x.cols());
    boolean keep = tape.isRecording() && differentiable;
    boolean curved = keep && f != Elementwise.IDENTITY;
    Matrix first = curved ? tape.take(x.rows(), x.cols()) : null;
    Matrix second = curved && x.tangents() > 0 ? tape.take(x.rows(), x.cols()) : null;
    backend.layerForward(
        f,
        x.stack(),
        x.rows(),
        LayerNode.valueOf(gate),
        LayerNode.valueOf(shift),
        result,
        first,
        second);
    Var y = new Var(tape, result, x.rows(), differentiable, true);
    if (keep) {
      tape.record(new ElementwiseNode(x, gate, shift, y, first, second));
    }
    return y.withUnits(x.units().ofResult());
  }

  @Override
  void reverse() {
    if (!y.reached()) {
      return;
    }
    Tape tape = y.tape();
    Backend backend = tape.backend();
    double keep = x.isDifferentiable() ? x.beginAdjoint() : 1;
    // Nothing is added to: the adjoint is written where it belongs.
    boolean alone = keep == 0 && x.adjointRows() == y.adjointRows();
    Matrix bar = alone ? x.adjoint() : tape.take(y.adjointRows(), y.cols());
    Matrix gateBar = LayerNode.adjointOf(gate);
    Matrix shiftBar = LayerNode.adjointOf(shift);
    backend.layerBackward(
        x.stack(),
        x.rows(),
        LayerNode.valueOf(gate),
        first,
        second,
        y.adjoint(),
        bar,
        gateBar,
        shiftBar);
    LayerNode.addRow(gate, gateBar);
    LayerNode.addRow(shift, shiftBar);
    if (!alone && x.isDifferentiable()) {
      backend.add(1, bar.rows(0, x.adjointRows()), keep, x.adjoint());
    }
  }
}
