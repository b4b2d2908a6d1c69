package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;

/** What sums and products of two operands share: how shapes and tangents meet. */
final class Broadcasting {

  private Broadcasting() {}

  static boolean sameShape(Var a, Var b) {
    return a.rows() == b.rows() && a.cols() == b.cols();
  }

  /** Whether x, not other, gives the result its shape: it is wider, or alone has tangents. */
  static boolean goesFirst(Var x, Var other) {
    // By shape, not by size: a row goes with a matrix of no rows, which is the smaller one.
    return sameShape(x, other) ? x.tangents() > other.tangents() : fits(other, x);
  }

  /** Whether small has the shape of large, or is one row, one column or one element of it. */
  private static boolean fits(Var small, Var large) {
    return (small.rows() == large.rows() || small.rows() == 1)
        && (small.cols() == large.cols() || small.cols() == 1);
  }

  /** Checks that b goes with a: the same shape, or broadcast and without tangents. */
  static void require(Var a, Var b, String operation) {
    if (!fits(b, a)) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "%s: %d x %d does not go with %d x %d"
              .formatted(operation, a.rows(), a.cols(), b.rows(), b.cols()));
    }
    requireSameTangents(a, b, operation);
  }

  /** Checks that operands have as many tangents as each other, or none. */
  static void requireSameTangents(Var a, Var b, String operation) {
    if (a.tangents() > 0 && b.tangents() > 0 && a.tangents() != b.tangents()) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          operation + ": " + a.tangents() + " tangents do not go with " + b.tangents());
    }
  }

  /** Returns b in the shape of a where it has tangents, which are not broadcast; else as it is. */
  static Var expanded(Tape tape, Var a, Var b) {
    if (b.tangents() == 0 || sameShape(a, b)) {
      return b;
    }
    Var wide = b.cols() == a.cols() ? b : tape.gather(b, ColumnIndex.of(1, new int[a.cols()]));
    return tape.repeat(wide, a.rows());
  }

  /**
   * {@code target = alpha (bar with) + beta target}, summed over what was broadcast; null for ones.
   */
  static void reduce(
      Tape tape, double alpha, Matrix bar, @Nullable Matrix with, double beta, Matrix target) {
    Backend backend = tape.backend();
    boolean rows = target.rows() != bar.rows();
    boolean cols = target.cols() != bar.cols();
    if (rows && cols) {
      Matrix sums = tape.take(bar.rows(), 1);
      backend.rowDots(alpha, bar, with, 0, sums);
      backend.columnDots(1, sums, null, beta, target);
    } else if (rows) {
      backend.columnDots(alpha, bar, with, beta, target);
    } else if (cols) {
      backend.rowDots(alpha, bar, with, beta, target);
    } else if (with == null) {
      backend.add(alpha, bar, beta, target);
    } else {
      backend.multiply(alpha, bar, with, beta, target);
    }
  }
}
