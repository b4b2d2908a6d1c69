package org.fjordflow.core.backend;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;

import org.bytedeco.openblas.global.openblas_nolapack;

/** Products by OpenBLAS of matrices whose rows may lie farther apart than they are long. */
final class Blas {

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
