package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.core.testing.Kernels;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A row of a product is the same in any company, and the product is right. */
class RowProductsTest {

  private static final int[] ROWS = {1, 2, 3, 4, 5, 7, 8, 15, 33, 100, 1001, 2500};

  private static double[] normal(int n, RandomGenerator random) {
    double[] values = new double[n];
    Arrays.setAll(values, i -> random.nextGaussian());
    return values;
  }

  private static Matrix on(Backend backend, double[] values, int rows) {
    Matrix matrix = backend.allocate(rows, values.length / rows);
    backend.upload(values, 0, matrix);
    return matrix;
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT32, 2, 64", "FLOAT32, 64, 6", "FLOAT32, 128, 23", "FLOAT32, 300, 1",
    "FLOAT32, 321, 40", "FLOAT32, 860, 63", "FLOAT32, 784, 16", "FLOAT32, 5, 3",
    "FLOAT64, 2, 64", "FLOAT64, 64, 6", "FLOAT64, 300, 9", "FLOAT64, 860, 63",
  })
  void rowsHaveTheBitsThatTheyHaveAlone(DType dtype, int terms, int columns) {
    double tolerance = dtype == DType.FLOAT64 ? 0 : Kernels.rounding(1e-6 * terms);
    for (boolean transposed : new boolean[] {false, true}) {
      for (int beta = 0; beta < 2; beta++) {
        RandomGenerator random = new SplittableRandom(3);
        double[] row = normal(terms, random);
        double[] before = normal(columns, random);
        double[] factor = normal(terms * columns, random);
        double[] expected = null;
        try (CpuBackend backend = new CpuBackend(dtype, 1)) {
          Matrix b = on(backend, factor, transposed ? columns : terms);
          for (int n : ROWS) {
            int place = random.nextInt(n);
            double[] x = normal(n * terms, random);
            double[] y = normal(n * columns, random);
            System.arraycopy(row, 0, x, place * terms, terms);
            System.arraycopy(before, 0, y, place * columns, columns);
            Matrix product = on(backend, y, n);
            backend.gemm(false, transposed, 1, on(backend, x, n), b, beta, product);
            double[] found = new double[columns];
            backend.download(product.rows(place, place + 1), found, 0);
            expected = expected == null ? found : expected;
            assertArrayEquals(expected, found, tolerance, "row %d of %d".formatted(place, n));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"FLOAT32, 1e-4", "FLOAT64, 1e-12"})
  void everyRowIsTheSumOfItsTerms(DType dtype, double tolerance) {
    RandomGenerator random = new SplittableRandom(4);
    try (CpuBackend backend = new CpuBackend(dtype, 1)) {
      for (int trial = 0; trial < 60; trial++) {
        int n = 1 + random.nextInt(70);
        int terms = 1 + random.nextInt(trial % 4 == 0 ? 700 : 60);
        int columns = 1 + random.nextInt(60);
        double[] a = normal(n * terms, random);
        double[] b = normal(terms * columns, random);
        double[] c = normal(n * columns, random);
        double alpha = random.nextGaussian();
        double beta = trial % 3 == 0 ? 0 : random.nextGaussian();
        Matrix product = on(backend, c, n);
        boolean transposed = trial % 2 == 0;
        Matrix factor = on(backend, b, transposed ? columns : terms);
        backend.gemm(false, transposed, alpha, on(backend, a, n), factor, beta, product);
        double[] found = new double[n * columns];
        backend.download(product, found, 0);
        for (int i = 0; i < n; i++) {
          for (int j = 0; j < columns; j++) {
            double sum = 0;
            for (int k = 0; k < terms; k++) {
              sum += a[i * terms + k] * (transposed ? b[j * terms + k] : b[k * columns + j]);
            }
            c[i * columns + j] = alpha * sum + beta * c[i * columns + j];
          }
        }
        assertArrayEquals(c, found, tolerance * Math.sqrt(terms), "trial " + trial);
      }
    }
  }
}
