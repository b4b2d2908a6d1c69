package org.fjordflow.onednn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which products are oneDNN's, and that these are right. */
final class OneDnnTest {

  private static final long SEED = 7;

  @Test
  void narrowProductsAreLeftToOpenBlas() {
    OneDnn products = OneDnn.load();
    assertFalse(products.takes(100_000, 64, 2));
    assertFalse(products.takes(100_000, 2, 64));
    assertFalse(products.takes(15, 10_000, 10_000));
    assertTrue(products.takes(500, 860, 43));
    assertTrue(products.takes(43, 860, 500));
    assertTrue(products.takes(2000, 860, 860));
  }

  @ParameterizedTest
  @CsvSource({"61, 97, 300", "500, 43, 860", "43, 86, 500", "128, 128, 128"})
  void productsMatchLoopsOnAnyNumberOfThreads(int m, int n, int k) {
    double[] x = drawn(m * k, SEED);
    double[] y = drawn(k * n, SEED + 1);
    double[] before = drawn(m * n, SEED + 2);
    double[] sums = new double[m * n];
    double[] sizes = new double[m * n];
    for (int i = 0; i < m; i++) {
      for (int l = 0; l < k; l++) {
        for (int j = 0; j < n; j++) {
          double term = x[i * k + l] * y[l * n + j];
          sums[i * n + j] += term;
          sizes[i * n + j] += Math.abs(term);
        }
      }
    }
    for (int threads = 1; threads <= 2; threads++) {
      try (Backend backend = OneDnn.backend(threads)) {
        for (int transposes = 0; transposes < 4; transposes++) {
          for (double beta : new double[] {0, 1, -0.5}) {
            double[][] found =
                products(
                    backend, transposes, beta, new int[] {m, n, k}, new double[][] {x, y, before});
            assertArrayEquals(found[0], found[1], "threads differ");
            for (int i = 0; i < m * n; i++) {
              double bound = 1e-6 * (sizes[i] + Math.abs(beta * before[i]));
              assertEquals(sums[i] + beta * before[i], found[0][i], bound);
            }
          }
        }
      }
    }
  }

  /** The same product by two tasks. */
  private static double[][] products(
      Backend backend, int transposes, double beta, int[] mnk, double[][] values) {
    boolean ta = (transposes & 1) != 0;
    boolean tb = (transposes & 2) != 0;
    Matrix a = matrix(backend, values[0], mnk[0], mnk[2], ta);
    Matrix b = matrix(backend, values[1], mnk[2], mnk[1], tb);
    Matrix[] c = new Matrix[2];
    Arrays.setAll(c, i -> matrix(backend, values[2], mnk[0], mnk[1], false));
    if (beta == 0) {
      backend.fill(Double.NaN, c[1]);
    }
    backend.parallel(2, i -> backend.gemm(ta, tb, 1, a, b, beta, c[i]));
    double[][] found = new double[2][mnk[0] * mnk[1]];
    for (int i = 0; i < 2; i++) {
      backend.download(c[i], found[i], 0);
    }
    return found;
  }

  private static Matrix matrix(
      Backend backend, double[] values, int rows, int cols, boolean transposed) {
    Matrix matrix = backend.allocate(rows, cols);
    backend.upload(values, 0, matrix);
    if (!transposed) {
      return matrix;
    }
    Matrix transpose = backend.allocate(/* rows= */ cols, /* cols= */ rows);
    backend.transpose(matrix, transpose);
    return transpose;
  }

  private static double[] drawn(int size, long seed) {
    // Floats, so that nothing is rounded on the way.
    return new SplittableRandom(seed).doubles(size, -1, 1).map(v -> (float) v).toArray();
  }
}
