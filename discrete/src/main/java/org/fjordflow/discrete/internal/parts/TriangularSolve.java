package org.fjordflow.discrete.internal.parts;

import java.util.List;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.discrete.internal.RowTasks;

/** Solutions of {@code T y = z} for every row z, by substitution in double precision. */
final class TriangularSolve {

  /** Multiplications that are worth a task of their own. */
  private static final int TASK = 1 << 15;

  private TriangularSolve() {}

  /**
   * Solves on a tape.
   *
   * @param matrix T, dim x dim, triangular; the other triangle is not read
   * @param lower which triangle
   * @param z n x dim
   * @return n x dim
   */
  static Var apply(Tape tape, Var matrix, boolean lower, Var z) {
    Backend backend = tape.backend();
    int dim = z.cols();
    double[] t = Elements.of(backend, matrix.value());
    double[] y = Elements.of(backend, z.value());
    solve(backend, t, dim, lower, false, y);
    Matrix result = tape.take(z.rows(), dim);
    backend.upload(y, 0, result);
    return tape.custom(
            List.of(matrix, z),
            List.of(result),
            (bars, targets) -> {
              // zBar solves T' zBar = yBar, and TBar is minus the sum of zBar y' over rows.
              double[] zBar = Elements.of(backend, bars.get(0));
              solve(backend, t, dim, !lower, true, zBar);
              Elements.add(backend, zBar, targets.get(1));
              Matrix matrixBar = targets.get(0);
              if (matrixBar != null) {
                Matrix bar = tape.take(z.rows(), dim);
                backend.upload(zBar, 0, bar);
                backend.gemm(true, false, -1, bar, result, 1, matrixBar);
              }
            })
        .get(0);
  }

  /**
   * Solves in place.
   *
   * @param lower whether what is solved with is lower triangular, after transposing
   * @param transposed whether t is read as its transpose
   */
  private static void solve(
      Backend backend, double[] t, int dim, boolean lower, boolean transposed, double[] rows) {
    int down = transposed ? 1 : dim;
    int across = transposed ? dim : 1;
    RowTasks.run(
        backend,
        dim == 0 ? 0 : rows.length / dim,
        TASK / (1 + dim * dim),
        (from, to) -> {
          for (int row = from; row < to; row++) {
            substitute(t, dim, down, across, lower, rows, row * dim);
          }
        });
  }

  private static void substitute(
      double[] t, int dim, int down, int across, boolean lower, double[] rows, int start) {
    for (int step = 0; step < dim; step++) {
      int i = lower ? step : dim - 1 - step;
      double sum = rows[start + i];
      int first = lower ? 0 : i + 1;
      int last = lower ? i : dim;
      for (int j = first; j < last; j++) {
        sum -= t[i * down + j * across] * rows[start + j];
      }
      rows[start + i] = sum / t[i * down + i * across];
    }
  }
}
