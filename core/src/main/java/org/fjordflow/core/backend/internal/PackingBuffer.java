package org.fjordflow.core.backend.internal;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/**
 * The memory into which OpenBLAS packs a thread's operands. As long as all products are small, most
 * of it has never been touched, and on some processors (measured: AMD Zen 1) products then run at
 * half of their speed, perhaps since kernels prefetch beyond what is packed. A few large products
 * end that for good.
 *
 * <p>They cost as much as 1.07 GFLOP, so they are made only by threads that have computed four
 * times that in products that are all small. No result depends on it. For one thread.
 */
public final class PackingBuffer {

  private static final int SIZE = 512;
  private static final int PRODUCTS = 4;

  /** Multiplications and additions after which touching costs little beside what was computed. */
  private static final long PATIENCE = 4L * PRODUCTS * SIZE * SIZE * SIZE;

  private final boolean isSingle;
  private long left = PATIENCE;

  /**
   * Creates the note of a thread.
   *
   * @param isSingle whether its products are of single precision
   */
  public PackingBuffer(boolean isSingle) {
    this.isSingle = isSingle;
  }

  /**
   * Notes a product that the thread is about to make, m x k times k x n, and touches the buffer
   * before it where that is due.
   *
   * @return whether the buffer has been touched, now or before
   */
  public boolean note(int m, int n, int k) {
    if (left <= 0) {
      return true;
    }
    if (Math.min(Math.min(m, n), k) >= SIZE) {
      // Large in all directions: it touches the buffer by itself.
      left = 0;
      return true;
    }
    left -= (long) m * n * k;
    if (left <= 0) {
      touch();
    }
    return left <= 0;
  }

  /** Multiplies zeros. */
  private void touch() {
    try (Pointer zeros = zeros()) {
      for (int i = 0; i < PRODUCTS; i++) {
        multiply(zeros);
      }
    }
  }

  /** Two matrices, the factor and the product. */
  private Pointer zeros() {
    long elements = 2L * SIZE * SIZE;
    Pointer zeros = isSingle ? new FloatPointer(elements) : new DoublePointer(elements);
    return Pointer.memset(zeros, 0, elements * (isSingle ? Float.BYTES : Double.BYTES));
  }

  private void multiply(Pointer zeros) {
    int order = openblas_nolapack.CblasRowMajor;
    int first = openblas_nolapack.CblasTrans;
    int second = openblas_nolapack.CblasNoTrans;
    if (isSingle) {
      FloatPointer factor = new FloatPointer(zeros);
      FloatPointer product = new FloatPointer(zeros).position((long) SIZE * SIZE);
      openblas_nolapack.cblas_sgemm(
          order, first, second, SIZE, SIZE, SIZE, 1, factor, SIZE, factor, SIZE, 0, product, SIZE);
    } else {
      DoublePointer factor = new DoublePointer(zeros);
      DoublePointer product = new DoublePointer(zeros).position((long) SIZE * SIZE);
      openblas_nolapack.cblas_dgemm(
          order, first, second, SIZE, SIZE, SIZE, 1, factor, SIZE, factor, SIZE, 0, product, SIZE);
    }
  }
}
