package org.fjordflow.inference;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Elementwise;
import org.hipparchus.exception.MathRuntimeException;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.CholeskyDecomposition;
import org.hipparchus.linear.RealMatrix;

/**
 * Correlation matrices, by canonical partial correlations (Lewandowski, Kurowicka and Joe 2009):
 * tanh(u) is the partial correlation of two columns given the ones before them. Values are the
 * entries below the diagonal, row by row.
 *
 * @param side rows of the matrix, at least 2
 */
record CorrelationConstraint(int side) implements Constraint {

  private static int index(int row, int column) {
    return row * (row - 1) / 2 + column;
  }

  @Override
  public Constrained constrain(Tape tape, Var free) {
    Var partial = tape.apply(Elementwise.TANH, free);
    // log(1 - tanh(u)^2) = 2 log 2 - 2 u - 2 softplus(-2 u), without cancellation
    Var tail = tape.apply(Elementwise.SOFTPLUS, tape.affine(-2, free, 0));
    Var logRest = tape.affine(-2, tape.add(free, tail), 2 * Math.log(2));
    Var logJacobian = tape.rowSum(logRest);
    Var[][] factor = new Var[side][side];
    int rows = free.rows();
    Var zero = tape.constant(new double[rows], rows, 1);
    for (int i = 0; i < side; i++) {
      Var logLeft = zero;
      for (int j = 0; j < i; j++) {
        Var z = tape.columns(partial, index(i, j), index(i, j) + 1);
        Var rest = tape.columns(logRest, index(i, j), index(i, j) + 1);
        factor[i][j] = tape.multiply(z, halfExp(tape, logLeft));
        logLeft = tape.add(logLeft, rest);
        // The rows of L by its partial correlations, each scaled by those before it.
        logJacobian = tape.sum(1, logJacobian, 0.5 * (i - 1 - j), rest);
      }
      factor[i][i] = halfExp(tape, logLeft);
      Arrays.fill(factor[i], i + 1, side, zero);
      // L L' by L: entry i, j moves with L[i][j] by L[j][j].
      logJacobian = tape.sum(1, logJacobian, 0.5 * (side - 1 - i), logLeft);
    }
    List<Var> entries = new ArrayList<>();
    for (int i = 1; i < side; i++) {
      for (int j = 0; j < i; j++) {
        Var dot = zero;
        for (int k = 0; k <= j; k++) {
          dot = tape.add(dot, tape.multiply(factor[i][k], factor[j][k]));
        }
        entries.add(dot);
      }
    }
    Var all = tape.concat(Arrays.stream(factor).flatMap(Arrays::stream).toArray(Var[]::new));
    return new Constrained(tape.concat(entries.toArray(Var[]::new)), logJacobian, all);
  }

  private static Var halfExp(Tape tape, Var log) {
    return tape.apply(Elementwise.EXP, tape.affine(0.5, log, 0));
  }

  @Override
  public double[] unconstrain(double[] values) {
    RealMatrix matrix = new Array2DRowRealMatrix(side, side);
    for (int i = 0; i < side; i++) {
      matrix.setEntry(i, i, 1);
      for (int j = 0; j < i; j++) {
        matrix.setEntry(i, j, values[index(i, j)]);
        matrix.setEntry(j, i, values[index(i, j)]);
      }
    }
    RealMatrix factor = factor(matrix, values);
    double[] free = new double[values.length];
    for (int i = 1; i < side; i++) {
      double left = 1;
      for (int j = 0; j < i; j++) {
        double z = factor.getEntry(i, j) / Math.sqrt(left);
        free[index(i, j)] = 0.5 * (Math.log1p(z) - Math.log1p(-z));
        left -= factor.getEntry(i, j) * factor.getEntry(i, j);
      }
    }
    return free;
  }

  private static RealMatrix factor(RealMatrix matrix, double[] values) {
    try {
      return new CholeskyDecomposition(matrix).getL();
    } catch (MathRuntimeException e) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "given %s; expected the entries below the diagonal of a correlation matrix, row by row"
              .formatted(Arrays.toString(values)),
          e);
    }
  }
}
