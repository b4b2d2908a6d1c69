package org.fjordflow.discrete.internal.layers;

import java.util.List;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.discrete.internal.RowTasks;
import org.jspecify.annotations.Nullable;

/**
 * Solutions v of {@code v + R tanh(S v + b) = w} for every row w, with R and S upper triangular.
 */
final class SylvesterSolve {

  /** Elements that are worth a task of their own. */
  private static final int TASK = 1 << 9;

  private final Backend backend;
  private final int size;
  private final double[] r;
  private final double[] s;
  private final double[] b;

  /** tanh(S v + b) at the solution. */
  private final double[] t;

  private final double[] v;

  private SylvesterSolve(Backend backend, int size, double[] r, double[] s, double[] b) {
    this.backend = backend;
    this.size = size;
    this.r = r;
    this.s = s;
    this.b = b;
    this.t = new double[b.length];
    this.v = new double[b.length];
  }

  /**
   * Solves on a tape.
   *
   * @param w n x m
   * @param outer R, m x m, with zeros below its diagonal
   * @param inner S, m x m, likewise; products of the diagonals are above -1
   * @param b n x m
   * @return n x m
   */
  static Var apply(Tape tape, Var w, Var outer, Var inner, Var b) {
    Backend backend = tape.backend();
    SylvesterSolve solve =
        new SylvesterSolve(
            backend,
            w.cols(),
            Elements.of(backend, outer.value()),
            Elements.of(backend, inner.value()),
            Elements.of(backend, b.value()));
    double[] target = Elements.of(backend, w.value());
    solve.forEachRow(row -> solve.solve(target, row));
    Matrix result = tape.take(w.rows(), w.cols());
    backend.upload(solve.v, 0, result);
    return tape.custom(
            List.of(w, outer, inner, b),
            List.of(result),
            (bars, targets) -> solve.reverse(tape, Elements.of(backend, bars.get(0)), targets))
        .get(0);
  }

  /** Work on one row. */
  @FunctionalInterface
  private interface Row {
    void run(int start);
  }

  private void forEachRow(Row task) {
    RowTasks.run(
        backend,
        b.length / size,
        TASK / size,
        (from, to) -> {
          for (int row = from; row < to; row++) {
            task.run(row * size);
          }
        });
  }

  /** From the last element to the first: each equation has one unknown more than the one after. */
  private void solve(double[] target, int start) {
    for (int i = size - 1; i >= 0; i--) {
      double offset = b[start + i];
      double left = target[start + i];
      for (int j = i + 1; j < size; j++) {
        offset += s[i * size + j] * v[start + j];
        left -= r[i * size + j] * t[start + j];
      }
      double outer = r[i * size + i];
      double inner = s[i * size + i];
      double known = left;
      double moved = offset;
      v[start + i] =
          IncreasingRoot.find(
              (x, derivative) -> {
                double h = Math.tanh(inner * x + moved);
                derivative[0] = 1 + outer * inner * (1 - h * h);
                return x + outer * h - known;
              },
              left - Math.abs(outer),
              left + Math.abs(outer));
      t[start + i] = Math.tanh(inner * v[start + i] + offset);
    }
  }

  /**
   * With {@code J = I + R D S}, D the derivatives of tanh: {@code J' l = vBar}, and with {@code m =
   * D R' l} the adjoints are l for w, -m for b, minus the sums over rows of l t' for R and m v' for
   * S.
   */
  private void reverse(Tape tape, double[] vBar, List<@Nullable Matrix> targets) {
    double[] m = new double[vBar.length];
    double[] l = vBar.clone();
    forEachRow(start -> substitute(l, m, start));
    Elements.add(backend, l, targets.get(0));
    addProducts(tape, l, t, targets.get(1));
    addProducts(tape, m, v, targets.get(2));
    Elements.add(backend, negative(m), targets.get(3));
  }

  private void substitute(double[] l, double[] m, int start) {
    for (int j = 0; j < size; j++) {
      double slope = 1 - t[start + j] * t[start + j];
      double before = 0;
      double left = l[start + j];
      for (int k = 0; k < j; k++) {
        before += r[k * size + j] * l[start + k];
        left -= s[k * size + j] * m[start + k];
      }
      double inner = s[j * size + j] * slope;
      double outer = r[j * size + j];
      l[start + j] = (left - inner * before) / (1 + inner * outer);
      m[start + j] = slope * (before + outer * l[start + j]);
    }
  }

  private static double[] negative(double[] values) {
    double[] result = new double[values.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = -values[i];
    }
    return result;
  }

  private void addProducts(Tape tape, double[] left, double[] right, @Nullable Matrix target) {
    if (target != null) {
      Matrix a = tape.take(left.length / size, size);
      backend.upload(left, 0, a);
      Matrix c = tape.take(right.length / size, size);
      backend.upload(right, 0, c);
      backend.gemm(true, false, -1, a, c, 1, target);
    }
  }
}
