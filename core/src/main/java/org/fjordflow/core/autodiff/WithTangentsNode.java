package org.fjordflow.core.autodiff;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Matrix;

/** A value and its tangents, put together from values without any. */
final class WithTangentsNode extends Node {

  private final List<Var> parts;
  private final Var y;

  private WithTangentsNode(List<Var> parts, Var y) {
    this.parts = parts;
    this.y = y;
  }

  static Var apply(Tape tape, Var x, List<Var> tangents) {
    List<Var> parts = new ArrayList<>();
    parts.add(x);
    parts.addAll(tangents);
    int n = x.rows();
    Matrix stack = tape.take(parts.size() * n, x.cols());
    for (int k = 0; k < parts.size(); k++) {
      Var part = parts.get(k);
      Tape.requireNoTangents(part, "a part of a value with tangents");
      if (!Broadcasting.sameShape(part, x)) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "withTangents: a tangent of %d x %d for a value of %d x %d"
                .formatted(part.rows(), part.cols(), n, x.cols()));
      }
      tape.backend().copy(part.value(), stack.rows(k * n, (k + 1) * n));
    }
    Var y =
        new Var(
            tape,
            stack,
            n,
            parts.stream().anyMatch(Var::isDifferentiable),
            tangents.stream().anyMatch(Var::isDifferentiable));
    tape.record(new WithTangentsNode(parts, y));
    return y;
  }

  @Override
  void reverse() {
    if (!y.reached()) {
      return;
    }
    int n = y.rows();
    for (int k = 0; k < parts.size() && (k + 1) * n <= y.adjointRows(); k++) {
      Var part = parts.get(k);
      if (part.isDifferentiable()) {
        double keep = part.beginAdjoint();
        y.tape().backend().add(1, y.adjoint().rows(k * n, (k + 1) * n), keep, part.adjoint());
      }
    }
  }
}
