package org.fjordflow.core.backend;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;

import java.util.Optional;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.fjordflow.core.backend.internal.VectorInstructions;

/** Products by OpenBLAS of matrices whose rows may lie farther apart than they are long. */
final class Blas {

  /** Up to this many multiplications OpenBLAS makes a product without packing its operands. */
  private static final int SMALL_PRODUCT = 1_000_000;

  /** Rows of a part that are worth its call, where the product is cut by its rows. */
  private static final int FEWEST_ROWS = 96;

  /** The same where it is cut by the terms of its sums. */
  private static final int FEWEST_TERMS = 16;

  /** Whether there are kernels that pack nothing: those for AVX-512 alone have them. */
  private static final boolean HAS_SMALL_PRODUCTS =
      VectorInstructions.ofTakenKernels().equals(Optional.of(VectorInstructions.AVX512));

  private Blas() {}

  /**
   * {@code c = alpha op(a) op(b) + beta c}; matrices begin where the given ones do, whatever the
   * shapes of these.
   *
   * @param m rows of c, at least 1
   * @param n columns of c, at least 1
   * @param k columns of op(a), at least 1
   * @param lda elements from one row of a to the next; ldb and ldc likewise
   */
  static void gemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double alpha,
      CpuMatrix a,
      int lda,
      CpuMatrix b,
      int ldb,
      double beta,
      CpuMatrix c,
      int ldc) {
    if (HAS_SMALL_PRODUCTS
        && !transposeB
        && (long) m * n * k > SMALL_PRODUCT
        && c.owner().dtype() == DType.FLOAT32) {
      // Parts of a long product are faster than all of it: by a fifth, and by half where the sums
      // are long, as they are in the gradients of weights.
      int most = SMALL_PRODUCT / Math.max(1, transposeA ? safeProduct(m, n) : safeProduct(n, k));
      if (transposeA && most >= FEWEST_TERMS && most < k) {
        termByTerm(m, n, k, most, alpha, a, lda, b, ldb, beta, c, ldc);
        return;
      }
      if (transposeA && 2 * most >= FEWEST_TERMS && 2 * most < k) {
        // Halves of the result leave room for enough terms.
        int terms = 2 * most;
        boolean rows = m >= n;
        int half = Math.max(m, n) / 2;
        CpuMatrix left = rows ? a.from(half) : a;
        CpuMatrix right = rows ? b : b.from(half);
        CpuMatrix target = c.from(rows ? half * ldc : half);
        int otherM = rows ? m - half : m;
        int otherN = rows ? n : n - half;
        termByTerm(rows ? half : m, rows ? n : half, k, terms, alpha, a, lda, b, ldb, beta, c, ldc);
        termByTerm(otherM, otherN, k, terms, alpha, left, lda, right, ldb, beta, target, ldc);
        return;
      }
      if (!transposeA && most >= FEWEST_ROWS && most < m) {
        int step = evenStep(m, most);
        for (int i = 0; i < m; i += step) {
          int rows = Math.min(step, m - i);
          CpuMatrix left = a.from(i * lda);
          CpuMatrix target = c.from(i * ldc);
          whole(false, false, rows, n, k, alpha, left, lda, b, ldb, beta, target, ldc);
        }
        return;
      }
    }
    whole(transposeA, transposeB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
  }

  /** {@code c = alpha a' b + beta c}, so many terms of the sums at once at most. */
  private static void termByTerm(
      int m,
      int n,
      int k,
      int most,
      double alpha,
      CpuMatrix a,
      int lda,
      CpuMatrix b,
      int ldb,
      double beta,
      CpuMatrix c,
      int ldc) {
    int step = evenStep(k, most);
    for (int i = 0; i < k; i += step) {
      int terms = Math.min(step, k - i);
      CpuMatrix left = a.from(i * lda);
      CpuMatrix right = b.from(i * ldb);
      whole(true, false, m, n, terms, alpha, left, lda, right, ldb, i == 0 ? beta : 1, c, ldc);
    }
  }

  private static int safeProduct(int x, int y) {
    return (int) Math.min(Integer.MAX_VALUE, (long) x * y);
  }

  /** The size of parts that are nearly of one size, and of so much at most. */
  private static int evenStep(int all, int most) {
    int parts = (all + most - 1) / most;
    return (all + parts - 1) / parts;
  }

  private static void whole(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double alpha,
      CpuMatrix a,
      int lda,
      CpuMatrix b,
      int ldb,
      double beta,
      CpuMatrix c,
      int ldc) {
    int ta = transposeA ? CblasTrans : CblasNoTrans;
    int tb = transposeB ? CblasTrans : CblasNoTrans;
    if (c.owner().dtype() == DType.FLOAT32) {
      openblas_nolapack.cblas_sgemm(
          CblasRowMajor,
          ta,
          tb,
          m,
          n,
          k,
          (float) alpha,
          a.floatAddress(),
          lda,
          b.floatAddress(),
          ldb,
          (float) beta,
          c.floatAddress(),
          ldc);
    } else {
      openblas_nolapack.cblas_dgemm(
          CblasRowMajor,
          ta,
          tb,
          m,
          n,
          k,
          alpha,
          a.doubleAddress(),
          lda,
          b.doubleAddress(),
          ldb,
          beta,
          c.doubleAddress(),
          ldc);
    }
  }
}
