package org.fjordflow.core.autodiff;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.internal.UnitTangents;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Matrix;

/** Operations that take columns and put them elsewhere. */
final class Selections {

  private Selections() {}

  /** A range of columns. */
  static final class Columns extends Node {

    private final Var x;
    private final int from;
    private final Var y;

    private Columns(Var x, int from, Var y) {
      this.x = x;
      this.from = from;
      this.y = y;
    }

    static Var apply(Tape tape, Var x, int from, int to) {
      requireRange(x, from, to);
      Matrix result = tape.take(x.stack().rows(), to - from);
      tape.backend().copyColumns(x.stack(), from, result, 0, to - from, false);
      Var y = new Var(tape, result, x.rows(), x.isDifferentiable(), x.tangentsDifferentiable());
      tape.record(new Columns(x, from, y));
      return y;
    }

    static void requireRange(Var x, int from, int to) {
      if (from < 0 || to < from || to > x.cols()) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH, "columns " + from + " to " + to + " of " + x.cols());
      }
    }

    @Override
    void reverse() {
      if (y.reached() && x.isDifferentiable()) {
        Matrix target = x.zeroedAdjoint();
        y.tape().backend().copyColumns(y.adjoint(), 0, target, from, y.cols(), true);
      }
    }
  }

  /** Matrices side by side; a part without tangents gets zeros. */
  static final class Concat extends Node {

    private final List<Var> parts;
    private final Var y;

    private Concat(List<Var> parts, Var y) {
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
      tape.record(new Concat(parts, y));
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

  /** Columns by an index, or the transpose of that; each is the other one's reverse. */
  static final class Gather extends Node {

    private final Var x;
    private final ColumnIndex index;
    private final boolean gathers;
    private final Var y;

    private Gather(Var x, ColumnIndex index, boolean gathers, Var y) {
      this.x = x;
      this.index = index;
      this.gathers = gathers;
      this.y = y;
    }

    static Var gather(Tape tape, Var x, ColumnIndex index) {
      return apply(tape, x, index, true, index.targetCols());
    }

    static Var scatter(Tape tape, Var x, ColumnIndex index) {
      return apply(tape, x, index, false, index.sourceCols());
    }

    private static Var apply(Tape tape, Var x, ColumnIndex index, boolean gathers, int cols) {
      Matrix result = tape.take(x.stack().rows(), cols);
      move(tape.backend(), gathers, x.stack(), index, false, result);
      Var y = new Var(tape, result, x.rows(), x.isDifferentiable(), x.tangentsDifferentiable());
      tape.record(new Gather(x, index, gathers, y));
      return y;
    }

    private static void move(
        Backend backend, boolean gathers, Matrix from, ColumnIndex index, boolean add, Matrix to) {
      if (gathers) {
        backend.gatherColumns(from, index, add, to);
      } else {
        backend.scatterColumns(from, index, add, to);
      }
    }

    @Override
    void reverse() {
      if (y.reached() && x.isDifferentiable()) {
        boolean add = x.beginAdjoint() != 0;
        move(y.tape().backend(), !gathers, y.adjoint(), index, add, x.adjoint());
      }
    }
  }
}
