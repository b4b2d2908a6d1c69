package org.fjordflow.core.autodiff;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.internal.UnitTangents;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/** Matrices side by side; a part without tangents gets zeros. */
final class ConcatNode extends Node {

  private final List<Var> parts;
  private final Var y;

  private ConcatNode(List<Var> parts, Var y) {
    this.parts = parts;
    this.y = y;
  }

  static Var apply(Tape tape, List<Var> parts) {
    if (parts.isEmpty()) {
      throw new FjordException(ErrorKey.INVALID_ARGUMENT, "concat: expected one part or more");
    }
    int rows = parts.get(0).rows();
    int tangents = parts.stream().mapToInt(Var::tangents).max().orElse(0);
    for (Var part : parts) {
      if (part.rows() != rows || (part.tangents() != 0 && part.tangents() != tangents)) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "concat: a part has %d rows and %d tangents, expected %d and %d (or none)"
                .formatted(part.rows(), part.tangents(), rows, tangents));
      }
    }
    Backend backend = tape.backend();
    int cols = parts.stream().mapToInt(Var::cols).sum();
    Matrix result = tape.take((1 + tangents) * rows, cols);
    if (parts.stream().anyMatch(part -> part.tangents() < tangents)) {
      backend.fill(0, result.rows(rows, result.rows()));
    }
    int at = 0;
    for (Var part : parts) {
      Matrix target = result.rows(0, part.stack().rows());
      backend.copyColumns(part.stack(), 0, target, at, part.cols(), false);
      at += part.cols();
    }
    Var y =
        new Var(
            tape,
            result,
            rows,
            parts.stream().anyMatch(Var::isDifferentiable),
            parts.stream().anyMatch(Var::tangentsDifferentiable));
    tape.record(new ConcatNode(parts, y));
    return y.withUnits(unitsOf(parts));
  }

  /** Tangents are unit vectors still where one part alone has any. */
  private static UnitTangents unitsOf(List<Var> parts) {
    UnitTangents units = UnitTangents.NONE;
    int at = 0;
    int moving = 0;
    for (Var part : parts) {
      if (part.tangents() > 0) {
        moving++;
        units = part.units().shifted(at);
      }
      at += part.cols();
    }
    return moving == 1 ? units : UnitTangents.NONE;
  }

  @Override
  void reverse() {
    if (!y.reached()) {
      return;
    }
    int at = 0;
    for (Var part : parts) {
      if (part.isDifferentiable()) {
        boolean accumulate = part.beginAdjoint() != 0;
        Matrix bar = y.adjoint().rows(0, part.adjointRows());
        y.tape().backend().copyColumns(bar, at, part.adjoint(), 0, part.cols(), accumulate);
      }
      at += part.cols();
    }
  }
}
