package org.fjordflow.core.autodiff;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/** Sums over columns, rows and tangents. */
final class Sums {

  private Sums() {}

  /** Sums of rows, of the value and of each tangent. */
  static final class RowSum extends Node {

    private final Var x;
    private final Var y;

    private RowSum(Var x, Var y) {
      this.x = x;
      this.y = y;
    }

    static Var apply(Tape tape, Var x) {
      Matrix result = tape.take(x.stack().rows(), 1);
      tape.backend().rowDots(1, x.stack(), null, 0, result);
      Var y = new Var(tape, result, x.rows(), x.isDifferentiable(), x.tangentsDifferentiable());
      tape.record(new RowSum(x, y));
      return y;
    }

    @Override
    void reverse() {
      if (y.reached() && x.isDifferentiable()) {
        double keep = x.beginAdjoint();
        y.tape().backend().add(1, y.adjoint(), keep, x.adjoint());
      }
    }
  }

  /** Sums of columns. */
  static final class ColumnSum extends Node {

    private final Var x;
    private final Var y;

    private ColumnSum(Var x, Var y) {
      this.x = x;
      this.y = y;
    }

    static Var apply(Tape tape, Var x) {
      Matrix result = tape.take(1 + x.tangents(), x.cols());
      for (int k = 0; k <= x.tangents(); k++) {
        Matrix block = k == 0 ? x.value() : x.tangent(k - 1);
        tape.backend().columnDots(1, block, null, 0, result.rows(k, k + 1));
      }
      Var y = new Var(tape, result, 1, x.isDifferentiable(), x.tangentsDifferentiable());
      tape.record(new ColumnSum(x, y));
      return y;
    }

    @Override
    void reverse() {
      if (y.reached() && x.isDifferentiable()) {
        double keep = x.beginAdjoint();
        int n = x.rows();
        for (int k = 0; k < y.adjointRows(); k++) {
          Matrix target = x.adjoint().rows(k * n, (k + 1) * n);
          y.tape().backend().add(1, y.adjoint().rows(k, k + 1), keep, target);
        }
      }
    }
  }

  /** {@code y_i = sum_k w_k sum_j x_kij^2} over the value (k = 0) and the tangents after it. */
  static final class SquaredNorms extends Node {

    private final Var x;
    private final double[] weights;
    private final Var y;

    private SquaredNorms(Var x, double[] weights, Var y) {
      this.x = x;
      this.weights = weights;
      this.y = y;
    }

    static Var apply(Tape tape, Var x, double... weights) {
      // A value without tangents does not depend on what moves: its tangents are zeros.
      if (weights.length == 0 || (x.tangents() > 0 && weights.length != 1 + x.tangents())) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "squaredNorms: %d weights for a value with %d tangents"
                .formatted(weights.length, x.tangents()));
      }
      Backend backend = tape.backend();
      Matrix result = tape.take(x.rows(), 1);
      backend.rowDots(weights[0], x.value(), x.value(), 0, result);
      boolean ofTangents = false;
      for (int k = 0; k < x.tangents(); k++) {
        // Tangents that do not count may not even have been computed.
        if (weights[k + 1] != 0) {
          Matrix tangent = x.tangent(k);
          backend.rowDots(weights[k + 1], tangent, tangent, 1, result);
          ofTangents = true;
        }
      }
      boolean differentiable =
          (weights[0] != 0 && x.isDifferentiable()) || (ofTangents && x.tangentsDifferentiable());
      Var y = new Var(tape, result, x.rows(), differentiable, false);
      tape.record(new SquaredNorms(x, weights.clone(), y));
      return y;
    }

    @Override
    void reverse() {
      if (!y.reached()) {
        return;
      }
      int n = x.rows();
      if (!x.tangentsDifferentiable()) {
        double keep = x.beginAdjoint();
        y.tape().backend().multiply(2 * weights[0], x.value(), y.adjoint(), keep, x.adjoint());
        return;
      }
      Matrix bar = x.zeroedAdjoint();
      for (int k = 0; k <= x.tangents(); k++) {
        if (weights[k] != 0) {
          Matrix of = x.stack().rows(k * n, (k + 1) * n);
          Matrix target = bar.rows(k * n, (k + 1) * n);
          y.tape().backend().multiply(2 * weights[k], of, y.adjoint(), 1, target);
        }
      }
    }
  }

  /** {@code y_i = factor sum_k sum_j e_kij x_kij} over tangents k. */
  static final class TangentDots extends Node {

    private final Var x;
    private final Matrix directions;
    private final double factor;
    private final Var y;

    private TangentDots(Var x, Matrix directions, double factor, Var y) {
      this.x = x;
      this.directions = directions;
      this.factor = factor;
      this.y = y;
    }

    static Var apply(Tape tape, Var x, Matrix directions, double factor) {
      int n = x.rows();
      // A value without tangents does not depend on what moves: its tangents are zeros.
      boolean whole = x.tangents() == 0 || directions.rows() == x.tangents() * n;
      if (!whole || directions.cols() != x.cols()) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "tangentDots: directions are %d x %d, expected %d x %d"
                .formatted(directions.rows(), directions.cols(), x.tangents() * n, x.cols()));
      }
      Backend backend = tape.backend();
      Matrix result = tape.take(n, 1);
      backend.fill(0, result);
      for (int k = 0; k < x.tangents(); k++) {
        backend.rowDots(factor, x.tangent(k), directions.rows(k * n, (k + 1) * n), 1, result);
      }
      Var y = new Var(tape, result, n, x.tangentsDifferentiable(), false);
      tape.record(new TangentDots(x, directions, factor, y));
      return y;
    }

    @Override
    void reverse() {
      if (!y.reached()) {
        return;
      }
      int n = x.rows();
      Matrix bar = x.zeroedAdjoint();
      for (int k = 0; k < x.tangents(); k++) {
        Matrix target = bar.rows((k + 1) * n, (k + 2) * n);
        Matrix direction = directions.rows(k * n, (k + 1) * n);
        y.tape().backend().multiply(factor, direction, y.adjoint(), 1, target);
      }
    }
  }
}
