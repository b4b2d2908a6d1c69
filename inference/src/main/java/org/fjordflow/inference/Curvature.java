package org.fjordflow.inference;

import java.util.Arrays;
import org.fjordflow.inference.FreeTarget.Values;
import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.ArrayRealVector;
import org.hipparchus.linear.EigenDecompositionSymmetric;
import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.RealVector;
import org.jspecify.annotations.Nullable;

/**
 * Minus the Hessian of a log-density in coordinates y of x + W y, by differences of gradients, as
 * its eigenvectors and values.
 *
 * @param vectors in columns
 * @param values as they are
 * @param used their sizes, kept above a part of the largest one
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record Curvature(RealMatrix vectors, double[] values, double[] used) {

  private static final double STEP = 1e-3;

  /** Smaller ones are noise of the differences; the next coordinates show them better. */
  private static final double LEAST = 1e-8;

  private static final double NEAR = 2;

  /** The curvature at a point; null where a gradient is not finite. */
  static @Nullable Curvature of(FreeTarget target, double[] x, RealMatrix w) {
    int dim = x.length;
    double[] rows = new double[2 * dim * dim];
    for (int k = 0; k < dim; k++) {
      for (int j = 0; j < dim; j++) {
        double step = STEP * w.getEntry(j, k);
        rows[2 * k * dim + j] = x[j] + step;
        rows[(2 * k + 1) * dim + j] = x[j] - step;
      }
    }
    Values values = target.evaluate(rows);
    if (!Arrays.stream(values.gradient()).allMatch(Double::isFinite)) {
      return null;
    }
    RealMatrix differences = new Array2DRowRealMatrix(dim, dim);
    for (int k = 0; k < dim; k++) {
      for (int j = 0; j < dim; j++) {
        double up = values.gradient()[2 * k * dim + j];
        double down = values.gradient()[(2 * k + 1) * dim + j];
        differences.setEntry(j, k, (down - up) / (2 * STEP));
      }
    }
    RealMatrix hessian = w.transpose().multiply(differences);
    RealMatrix symmetric = hessian.add(hessian.transpose()).scalarMultiply(0.5);
    if (!Double.isFinite(symmetric.getFrobeniusNorm())) {
      return null;
    }
    EigenDecompositionSymmetric eigen = new EigenDecompositionSymmetric(symmetric);
    double[] raw = eigen.getEigenvalues();
    double most = Arrays.stream(raw).map(Math::abs).max().orElse(0);
    double floor = most > 0 ? LEAST * most : LEAST;
    double[] used = Arrays.stream(raw).map(v -> Math.max(Math.abs(v), floor)).toArray();
    return new Curvature(eigen.getV(), raw, used);
  }

  /** Whether the coordinates were already those with curvature one. */
  boolean isNearOne() {
    return Arrays.stream(values).allMatch(v -> v > 1 / NEAR && v < NEAR);
  }

  /** What makes the curvature one: W times this are the next coordinates. */
  RealMatrix whitening() {
    double[] scale = Arrays.stream(used).map(v -> 1 / Math.sqrt(v)).toArray();
    return vectors.multiply(MatrixUtils.createRealDiagonalMatrix(scale));
  }

  /** The step to the top of the parabola, with the sizes of curvatures, so that it goes up. */
  double[] newtonDirection(RealMatrix w, double[] gradient) {
    RealVector own = vectors.preMultiply(w.preMultiply(new ArrayRealVector(gradient)));
    for (int i = 0; i < used.length; i++) {
      own.setEntry(i, own.getEntry(i) / used[i]);
    }
    return w.operate(vectors.operate(own)).toArray();
  }
}
