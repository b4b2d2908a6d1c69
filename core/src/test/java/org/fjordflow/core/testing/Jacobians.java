package org.fjordflow.core.testing;

import java.util.Arrays;

/** Determinants of small matrices. */
final class Jacobians {

  private Jacobians() {}

  /** Logarithms of the absolute values of the determinants of square matrices. */
  static double[] logDeterminants(double[][][] matrices) {
    return Arrays.stream(matrices).mapToDouble(Jacobians::logDeterminant).toArray();
  }

  /** Gaussian elimination with partial pivoting. */
  private static double logDeterminant(double[][] matrix) {
    double[][] a = Arrays.stream(matrix).map(double[]::clone).toArray(double[][]::new);
    double result = 0;
    for (int k = 0; k < a.length; k++) {
      int pivot = k;
      for (int i = k + 1; i < a.length; i++) {
        pivot = Math.abs(a[i][k]) > Math.abs(a[pivot][k]) ? i : pivot;
      }
      double[] row = a[pivot];
      a[pivot] = a[k];
      a[k] = row;
      result += Math.log(Math.abs(row[k]));
      for (int i = k + 1; i < a.length; i++) {
        double factor = a[i][k] / row[k];
        for (int j = k; j < a.length; j++) {
          a[i][j] -= factor * row[j];
        }
      }
    }
    return result;
  }
}
