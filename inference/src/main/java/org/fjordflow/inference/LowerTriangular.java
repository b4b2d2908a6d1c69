package org.fjordflow.inference;

import org.hipparchus.linear.Array2DRowRealMatrix;
import org.hipparchus.linear.QRDecomposition;
import org.hipparchus.linear.RealMatrix;

/** Lower triangular matrices with a positive diagonal. */
final class LowerTriangular {

  private LowerTriangular() {}

  /** The factor L of {@code W W' = L L'}, by QR of W', so that squares lose no digits. */
  static double[][] of(RealMatrix w) {
    int dim = w.getRowDimension();
    RealMatrix r = new QRDecomposition(w.transpose()).getR();
    double[][] factor = new double[dim][dim];
    for (int j = 0; j < dim; j++) {
      double sign = Math.signum(r.getEntry(j, j));
      for (int i = j; i < dim; i++) {
        factor[i][j] = sign * r.getEntry(j, i);
      }
    }
    return factor;
  }

  static RealMatrix matrix(double[][] factor) {
    return new Array2DRowRealMatrix(factor);
  }

  static double[][] inverse(double[][] factor) {
    int dim = factor.length;
    double[][] inverse = new double[dim][dim];
    for (int j = 0; j < dim; j++) {
      inverse[j][j] = 1 / factor[j][j];
      for (int i = j + 1; i < dim; i++) {
        double sum = 0;
        for (int k = j; k < i; k++) {
          sum += factor[i][k] * inverse[k][j];
        }
        inverse[i][j] = -sum / factor[i][i];
      }
    }
    return inverse;
  }

  static double logDeterminant(double[][] factor) {
    double sum = 0;
    for (int i = 0; i < factor.length; i++) {
      sum += Math.log(factor[i][i]);
    }
    return sum;
  }

  /** Writes {@code centre + L z} into a row. */
  static void apply(
      double[] centre, double[][] factor, double[] z, double scale, double[] rows, int at) {
    for (int i = 0; i < centre.length; i++) {
      double sum = 0;
      for (int j = 0; j <= i; j++) {
        sum += factor[i][j] * z[j];
      }
      rows[at + i] = centre[i] + scale * sum;
    }
  }
}
