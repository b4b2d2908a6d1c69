package org.fjordflow.core.backend.internal;

import org.bytedeco.javacpp.FloatPointer;
import org.fjordflow.core.backend.CpuBackend;

/**
 * Products in float32 that another library than OpenBLAS makes for {@link CpuBackend}, in those
 * shapes in which it is faster. Used by several threads at once; results must not depend on them.
 */
public interface FloatProducts {

  /** Returns the short name of a {@link CpuBackend} with these products. */
  String name();

  /**
   * Returns whether it makes products of m x k times k x n. A matter of sizes alone.
   *
   * @param m rows of the product, at least 1
   * @param n columns of the product, at least 1
   * @param k terms of each sum, at least 1
   */
  boolean takes(int m, int n, int k);

  /**
   * {@code c = alpha op(a) op(b) + beta c} on the calling thread alone, row-major. With beta zero c
   * is overwritten, whatever it held.
   *
   * @param transposeA whether a is k x m
   * @param transposeB whether b is n x k
   * @param m rows of c
   * @param n columns of c
   * @param k columns of op(a)
   * @param alpha factor of the product, not 0
   * @param a first factor. Not modified.
   * @param lda elements from one row of a to the next
   * @param b second factor. Not modified.
   * @param ldb elements from one row of b to the next
   * @param beta factor of what c held
   * @param c Modified.
   * @param ldc elements from one row of c to the next
   */
  void multiply(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float alpha,
      FloatPointer a,
      int lda,
      FloatPointer b,
      int ldb,
      float beta,
      FloatPointer c,
      int ldc);
}
