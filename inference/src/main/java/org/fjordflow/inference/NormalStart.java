package org.fjordflow.inference;

import org.hipparchus.linear.RealMatrix;

/**
 * A normal distribution that a flow begins with.
 *
 * @param centre [dim]
 * @param factor lower triangular L of the covariance L L'
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record NormalStart(double[] centre, double[][] factor) {

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
   * @return the evidence lower bound in nats; negative infinity or NaN where the target is no
   *     number
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
    return (sum + 0.5 * squares) / draws.length + logVolume();
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
