package org.fjordflow.inference;

import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;
import org.hipparchus.linear.SingularValueDecomposition;

/**
 * A normal distribution that a flow begins with.
 *
 * @param centre [dim]
 * @param factor lower triangular L of the covariance L L'
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record NormalStart(double[] centre, double[][] factor) {

  private static final int SWEEPS = 2;

  /** Halvings of a deviation that are tried. */
  private static final int HALVINGS = 20;

  static NormalStart of(double[] centre, RealMatrix root) {
    return new NormalStart(centre, LowerTriangular.of(root));
  }

  int dim() {
    return centre.length;
  }

  /**
   * Half the logarithm of det(2 pi L L'): what the normal's integral is times its greatest value.
   */
  double logVolume() {
    return LowerTriangular.logDeterminant(factor) + 0.5 * dim() * Math.log(2 * Math.PI);
  }

  /**
   * Mean of the log-density minus the normal's own, over standardised draws.
   *
   * @param draws n x dim from the standard normal. Not modified.
   * @return the evidence lower bound in nats; negative infinity where the target is no number
   */
  double bound(FreeTarget target, double[][] draws) {
    double[] rows = new double[draws.length * dim()];
    double squares = 0;
    for (int i = 0; i < draws.length; i++) {
      LowerTriangular.apply(centre, factor, draws[i], 1, rows, i * dim());
      for (double z : draws[i]) {
        squares += z * z;
      }
    }
    double sum = 0;
    for (double value : target.evaluate(rows).value()) {
      sum += value;
    }
    double bound = (sum + 0.5 * squares) / draws.length + logVolume();
    return Double.isNaN(bound) ? Double.NEGATIVE_INFINITY : bound;
  }

  /**
   * The same with the deviations along its axes for which the bound is greatest, one after the
   * other, among halvings of what they are.
   *
   * @param draws n x dim from the standard normal. Not modified.
   */
  NormalStart rescaled(FreeTarget target, double[][] draws) {
    SingularValueDecomposition axes =
        new SingularValueDecomposition(LowerTriangular.matrix(factor));
    double[] scale = axes.getSingularValues();
    NormalStart best = this;
    double bound = bound(target, draws);
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (int j = 0; j < dim(); j++) {
        double before = scale[j];
        double kept = before;
        for (int halvings = -1; halvings <= HALVINGS; halvings++) {
          scale[j] = before * Math.pow(0.5, halvings);
          RealMatrix root = axes.getU().multiply(MatrixUtils.createRealDiagonalMatrix(scale));
          NormalStart tried = of(centre, root);
          double value = tried.bound(target, draws);
          if (value > bound) {
            bound = value;
            best = tried;
            kept = scale[j];
          }
        }
        scale[j] = kept;
      }
    }
    return best;
  }

  /** Distance of a point from the centre, in deviations. */
  double distance(double[] point) {
    double[][] inverse = LowerTriangular.inverse(factor);
    double[] apart = new double[dim()];
    double[] white = new double[dim()];
    for (int i = 0; i < dim(); i++) {
      apart[i] = point[i] - centre[i];
    }
    LowerTriangular.apply(new double[dim()], inverse, apart, 1, white, 0);
    double sum = 0;
    for (double w : white) {
      sum += w * w;
    }
    return Math.sqrt(sum);
  }
}
