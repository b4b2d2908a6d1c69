package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is computed in parts is what it is as a whole, with the same bits for all threads. */
class LargeOperationsTest {

  private static final int TOKENS = 130;
  private static final int HEADS = 3;
  private static final int SIZE = 4;
  private static final int WIDTH = HEADS * SIZE;

  private static double[] normal(int n, long seed) {
    RandomGenerator random = new SplittableRandom(seed);
    double[] values = new double[n];
    Arrays.setAll(values, i -> random.nextGaussian());
    return values;
  }

  private static Matrix on(Backend backend, double[] values, int rows) {
    Matrix matrix = backend.allocate(rows, values.length / rows);
    backend.upload(values, 0, matrix);
    return matrix;
  }

  private static double[] values(Matrix matrix, Backend backend) {
    double[] values = new double[matrix.size()];
    backend.download(matrix, values, 0);
    return values;
  }

  private static double[] sums(DType dtype, int threads, int terms, int rows, int columns) {
    try (CpuBackend backend = new CpuBackend(dtype, threads)) {
      Matrix a = on(backend, normal(terms * rows, 1), terms);
      Matrix b = on(backend, normal(terms * columns, 2), terms);
      Matrix c = on(backend, normal(rows * columns, 3), rows);
      backend.gemm(true, false, 1, a, b, 1, c);
      return values(c, backend);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "FLOAT32, 200, 517, 129",
    "FLOAT32, 200, 129, 517",
    "FLOAT32, 700, 300, 200",
    "FLOAT32, 5000, 65, 64",
    "FLOAT64, 700, 300, 200",
  })
  void sumsOverManyRowsAreRight(DType dtype, int terms, int rows, int columns) {
    double[] a = normal(terms * rows, 1);
    double[] b = normal(terms * columns, 2);
    double[] expected = normal(rows * columns, 3);
    for (int k = 0; k < terms; k++) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < columns; j++) {
          expected[i * columns + j] += a[k * rows + i] * b[k * columns + j];
        }
      }
    }
    double[] found = sums(dtype, 1, terms, rows, columns);
    assertArrayEquals(expected, found, dtype == DType.FLOAT64 ? 1e-11 : 2e-3);
    assertArrayEquals(found, sums(dtype, 2, terms, rows, columns), 0);
  }

  /** The sum of the results of causal attention times some factors. */
  private static double attention(double[] qkv, double[] factors) {
    double total = 0;
    for (int h = 0; h < HEADS; h++) {
      for (int i = 0; i < TOKENS; i++) {
        double[] weights = new double[i + 1];
        double sum = 0;
        for (int j = 0; j <= i; j++) {
          double score = 0;
          for (int d = h * SIZE; d < (h + 1) * SIZE; d++) {
            score += qkv[i * 3 * WIDTH + d] * qkv[j * 3 * WIDTH + WIDTH + d];
          }
          weights[j] = Math.exp(score / Math.sqrt(SIZE));
          sum += weights[j];
        }
        for (int j = 0; j <= i; j++) {
          for (int d = h * SIZE; d < (h + 1) * SIZE; d++) {
            double value = qkv[j * 3 * WIDTH + 2 * WIDTH + d];
            total += weights[j] / sum * value * factors[i * WIDTH + d];
          }
        }
      }
    }
    return total;
  }

  @Test
  void attentionOfManyTokensIsRight() {
    double[] qkv = normal(TOKENS * 3 * WIDTH, 4);
    double[] factors = normal(TOKENS * WIDTH, 5);
    double[] before = normal(qkv.length, 6);
    double[] direction = normal(qkv.length, 7);
    double step = 1e-5;
    double[] up = new double[qkv.length];
    double[] down = new double[qkv.length];
    Arrays.setAll(up, i -> qkv[i] + step * direction[i]);
    Arrays.setAll(down, i -> qkv[i] - step * direction[i]);
    double slope = (attention(up, factors) - attention(down, factors)) / (2 * step);
    try (CpuBackend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Matrix x = on(backend, qkv, TOKENS);
      Matrix y = backend.allocate(TOKENS, WIDTH);
      backend.attention(x, TOKENS, HEADS, y);
      assertEquals(attention(qkv, factors), dot(values(y, backend), factors), 1e-10);
      Matrix bar = on(backend, before, TOKENS);
      Matrix yBar = on(backend, factors, TOKENS);
      for (boolean accumulate : new boolean[] {true, false}) {
        backend.upload(before, 0, bar);
        backend.attentionBackward(x, TOKENS, HEADS, yBar, accumulate, bar);
        double found = dot(values(bar, backend), direction);
        assertEquals(slope, found - (accumulate ? dot(before, direction) : 0), 1e-6);
      }
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
