package org.fjordflow.core.autodiff;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/** {@code y = f(x)} and {@code y_k = f'(x) x_k}, element by element. */
final class ElementwiseNode extends Node {

  private final Var x;
  private final Var y;
  private final @Nullable Matrix first;
  private final @Nullable Matrix second;

  private ElementwiseNode(Var x, Var y, @Nullable Matrix first, @Nullable Matrix second) {
    this.x = x;
    this.y = y;
    this.first = first;
    this.second = second;
  }

  static Var apply(Tape tape, Elementwise f, Var x) {
    Backend backend = tape.backend();
    Matrix result = tape.take(x.stack().rows(), x.cols());
    boolean keep = tape.isRecording() && x.isDifferentiable();
    Matrix first = keep ? tape.take(x.rows(), x.cols()) : null;
    Matrix second = keep && x.tangents() > 0 ? tape.take(x.rows(), x.cols()) : null;
    // A layer without gate and shift, whose products are the stack itself.
    backend.layerForward(f, x.stack(), x.rows(), null, null, result, first, second);
    Var y = new Var(tape, result, x.rows(), x.isDifferentiable(), true);
    if (keep) {
      tape.record(new ElementwiseNode(x, y, first, second));
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
    // The same reverse as a layer's, without gate and shift.
    Matrix bar = tape.take(y.adjointRows(), y.cols());
    backend.layerBackward(x.stack(), x.rows(), null, first, second, y.adjoint(), bar, null, null);
    double keep = x.beginAdjoint();
    backend.add(1, bar.rows(0, x.adjointRows()), keep, x.adjoint());
  }
}
