package org.fjordflow.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.jspecify.annotations.Nullable;

/**
 * Standard normal operands and their product, summed up by a plain loop in float64.
 *
 * <p>An element of {@code alpha a b + beta c} may be off by {@value #ROUNDINGS} roundings of the
 * backend's type (9.5e-7 in float32, 1.8e-15 in float64) of {@code |alpha| |a_i| |b_j| + |beta
 * c_ij|}, where {@code |a_i|} and {@code |b_j|} are the 2-norms of a row and a column.
 */
final class KnownProduct {

  private static final int ROUNDINGS = 16;

  private final Backend backend;
  private final int m;
  private final int n;
  private final double rounding;
  private final Matrix[] a;
  private final Matrix[] b;
  private final Matrix[] c;
  private final double[] before;
  private final double[] product;
  private final double[] rowNorms;
  private final double[] columnNorms;

  /**
   * Draws the operands and multiplies them.
   *
   * @param size rows, columns and terms
   * @param backend allocates matrices; its threads share the loop's rows
   */
  KnownProduct(ProductShape size, Backend backend) {
    this.backend = backend;
    m = size.m();
    n = size.n();
    int k = size.k();
    rounding = ROUNDINGS * (backend.dtype() == DType.FLOAT32 ? 0x1p-24 : 0x1p-53);
    RandomGenerator random = new RandomStreams(1).generator(Purpose.DATA);
    a = drawn(m, k, random);
    b = drawn(k, n, random);
    before = values(drawn(m, n, random)[0]);
    c = new Matrix[backend.threads()];
    Arrays.setAll(c, i -> backend.allocate(m, n));
    double[] x = values(a[0]);
    double[] y = values(b[0]);
    product = new double[m * n];
    backend.parallel(m, i -> addRow(x, i, k, y, product, n));
    rowNorms = rowNorms(x, m, k);
    columnNorms = rowNorms(values(b[1]), n, k);
  }

  /** A matrix and its transpose. */
  private Matrix[] drawn(int rows, int cols, RandomGenerator random) {
    double[] values = new double[rows * cols];
    Arrays.setAll(values, i -> random.nextGaussian());
    Matrix matrix = backend.allocate(rows, cols);
    backend.upload(values, 0, matrix);
    Matrix transpose = backend.allocate(/* rows= */ cols, /* cols= */ rows);
    backend.transpose(matrix, transpose);
    return new Matrix[] {matrix, transpose};
  }

  private double[] values(Matrix matrix) {
    double[] values = new double[matrix.size()];
    backend.download(matrix, values, 0);
    return values;
  }

  private static void addRow(double[] x, int i, int k, double[] y, double[] sum, int n) {
    for (int l = 0; l < k; l++) {
      double factor = x[i * k + l];
      for (int j = 0; j < n; j++) {
        sum[i * n + j] += factor * y[l * n + j];
      }
    }
  }

  private static double[] rowNorms(double[] x, int rows, int cols) {
    double[] norms = new double[rows];
    for (int i = 0; i < rows; i++) {
      double squares = 0;
      for (int j = 0; j < cols; j++) {
        squares += x[i * cols + j] * x[i * cols + j];
      }
      norms[i] = Math.sqrt(squares);
    }
    return norms;
  }

  /** Returns a such that its op is the first factor. */
  Matrix a(boolean transposed) {
    return a[transposed ? 1 : 0];
  }

  /** Returns b such that its op is the second factor. */
  Matrix b(boolean transposed) {
    return b[transposed ? 1 : 0];
  }

  /** Returns a thread's c as it is before the product: NaN where beta is zero. */
  Matrix target(int thread, double beta) {
    if (beta == 0) {
      backend.fill(Double.NaN, c[thread]);
    } else {
      backend.upload(before, 0, c[thread]);
    }
    return c[thread];
  }

  /**
   * Says which element of a thread's c is wrong, what it is and what it should be; null if none is.
   */
  @Nullable String error(int thread, double alpha, double beta) {
    double[] found = values(c[thread]);
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        int at = i * n + j;
        double old = beta == 0 ? 0 : beta * before[at];
        double expected = alpha * product[at] + old;
        double bound = rounding * (Math.abs(alpha) * rowNorms[i] * columnNorms[j] + Math.abs(old));
        // Written so that NaN is wrong.
        if (!(Math.abs(found[at] - expected) <= bound)) {
          return String.format(
              Locale.ROOT,
              "element (%d, %d) is %.9g, expected %.9g to %.1e",
              i,
              j,
              found[at],
              expected,
              bound);
        }
      }
    }
    return null;
  }
}
