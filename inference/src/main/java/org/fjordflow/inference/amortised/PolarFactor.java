package org.fjordflow.inference.amortised;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.Elements;
import org.hipparchus.linear.EigenDecompositionSymmetric;
import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;
import org.jspecify.annotations.Nullable;

/**
 * The nearest matrix with orthonormal columns, {@code Q = A S^-1} with {@code S = (A'A)^(1/2)}, of
 * every row (Higham 1986).
 */
final class PolarFactor {

  /** Columns that depend on each other nearer than this have no frame. */
  private static final double SMALLEST = 1e-12;

  private final int rows;
  private final int cols;
  private final Factor[] factors;

  /**
   * What the reverse needs of one matrix.
   *
   * @param q rows x cols
   * @param vectors of S, as columns
   * @param values of S
   */
  @SuppressWarnings("ArrayRecordComponent") // not compared
  private record Factor(RealMatrix q, RealMatrix vectors, double[] values) {}

  private PolarFactor(int rows, int cols, int count) {
    this.rows = rows;
    this.cols = cols;
    this.factors = new Factor[count];
  }

  /**
   * Computes the factors on a tape.
   *
   * @param a n x (rows cols), each row a matrix, line by line
   * @return the same shape
   * @throws FjordException NON_FINITE where columns of a matrix depend on each other
   */
  static Var apply(Tape tape, Var a, int rows, int cols) {
    Backend backend = tape.backend();
    PolarFactor all = new PolarFactor(rows, cols, a.rows());
    double[] values = Elements.of(backend, a.value());
    double[] q = new double[values.length];
    backend.parallel(a.rows(), i -> all.factor(values, q, i));
    Matrix result = tape.take(a.rows(), a.cols());
    backend.upload(q, 0, result);
    return tape.custom(
            List.of(a), List.of(result), (bars, targets) -> all.reverse(backend, bars, targets))
        .get(0);
  }

  private RealMatrix matrix(double[] values, int row) {
    RealMatrix m = MatrixUtils.createRealMatrix(rows, cols);
    for (int e = 0; e < rows * cols; e++) {
      m.setEntry(e / cols, e % cols, values[row * rows * cols + e]);
    }
    return m;
  }

  private void write(RealMatrix m, double[] values, int row) {
    for (int e = 0; e < rows * cols; e++) {
      values[row * rows * cols + e] = m.getEntry(e / cols, e % cols);
    }
  }

  private void factor(double[] values, double[] q, int row) {
    RealMatrix a = matrix(values, row);
    EigenDecompositionSymmetric eigen =
        new EigenDecompositionSymmetric(a.transposeMultiply(a), 0, false);
    double[] lengths = eigen.getEigenvalues();
    double largest = lengths[lengths.length - 1];
    for (int i = 0; i < lengths.length; i++) {
      if (!(lengths[i] > SMALLEST * largest)) {
        throw new FjordException(
            ErrorKey.NON_FINITE,
            "row %d: the %d columns of a Sylvester flow depend on each other".formatted(row, cols));
      }
      lengths[i] = Math.sqrt(lengths[i]);
    }
    RealMatrix vectors = eigen.getV();
    RealMatrix unit = a.multiply(scaled(vectors, lengths)).multiplyTransposed(vectors);
    factors[row] = new Factor(unit, vectors, lengths);
    write(unit, q, row);
  }

  /** Columns divided by numbers. */
  private static RealMatrix scaled(RealMatrix columns, double[] by) {
    RealMatrix result = columns.copy();
    for (int j = 0; j < by.length; j++) {
      for (int i = 0; i < result.getRowDimension(); i++) {
        result.multiplyEntry(i, j, 1 / by[j]);
      }
    }
    return result;
  }

  /**
   * With the adjoint G of Q, the eigenvectors V and eigenvalues s of S, and {@code K = V'(Q'G -
   * G'Q)V}, the adjoint of A is
   *
   * <pre>
   * (I - Q Q') G S^-1 + Q V [K_ij / (s_i + s_j)] V'
   * </pre>
   */
  private void reverse(Backend backend, List<Matrix> bars, List<@Nullable Matrix> targets) {
    double[] bar = Elements.of(backend, bars.get(0));
    double[] back = new double[bar.length];
    backend.parallel(factors.length, i -> write(reversed(factors[i], matrix(bar, i)), back, i));
    Elements.add(backend, back, targets.get(0));
  }

  private RealMatrix reversed(Factor f, RealMatrix g) {
    RealMatrix inside = f.q.transposeMultiply(g);
    RealMatrix across =
        g.subtract(f.q.multiply(inside))
            .multiply(scaled(f.vectors, f.values))
            .multiplyTransposed(f.vectors);
    RealMatrix k =
        f.vectors.transposeMultiply(inside.subtract(inside.transpose())).multiply(f.vectors);
    for (int i = 0; i < cols; i++) {
      for (int j = 0; j < cols; j++) {
        k.multiplyEntry(i, j, 1 / (f.values[i] + f.values[j]));
      }
    }
    RealMatrix turned = f.vectors.multiply(k).multiplyTransposed(f.vectors);
    return across.add(f.q.multiply(turned));
  }
}
