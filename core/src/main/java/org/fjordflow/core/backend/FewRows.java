package org.fjordflow.core.backend;

/**
 * Products of a few rows with {@code b'} as products of b with the rows as columns, sixteen at
 * once: what would be transposed otherwise is larger. Sums are those of {@link RowProducts}.
 */
final class FewRows {

  /** Rows at once, which are as many columns. */
  private static final int COLUMNS = 16;

  /** Elements of a row that are turned into a column at once. */
  private static final int LENGTH = 320;

  private FewRows() {}

  /** Whether rows of this many terms and sums are few. */
  static boolean areFew(int rows, int columns, int terms) {
    return (long) rows * (columns + terms) < (long) columns * terms;
  }

  /**
   * {@code c = alpha a b' + beta c} in the first columns of c, of which the first rows of b are.
   */
  static void multiply(
      RowProducts.Scratch memory,
      double alpha,
      CpuMatrix a,
      CpuMatrix b,
      double beta,
      CpuMatrix c,
      int columns) {
    CpuBackend backend = c.owner();
    int terms = a.cols();
    int n = columns;
    CpuMatrix factor = new CpuMatrix(backend, b.storage(), b.offset(), n, terms);
    CpuMatrix own = memory.few.take(backend, COLUMNS * (terms + n));
    CpuMatrix x = new CpuMatrix(backend, own.storage(), 0, terms, COLUMNS);
    CpuMatrix y = new CpuMatrix(backend, own.storage(), COLUMNS * terms, n, COLUMNS);
    Lanes lanes = backend.lanes();
    lanes.ensure(COLUMNS * LENGTH);
    for (int i = 0; i < c.rows(); i += COLUMNS) {
      int rows = Math.min(COLUMNS, c.rows() - i);
      toColumns(lanes, a, i, rows, terms, x);
      if (beta != 0) {
        toColumns(lanes, c, i, rows, n, y);
      }
      RowProducts.multiply(memory, false, alpha, factor, x, beta, y);
      fromColumns(lanes, y, c, i, rows, n);
    }
  }

  /** Columns beyond the rows are zeros. */
  private static void toColumns(
      Lanes lanes, CpuMatrix from, int first, int rows, int length, CpuMatrix to) {
    for (int k = 0; k < length; k += LENGTH) {
      int count = Math.min(LENGTH, length - k);
      lanes.fill(1, 0, count * COLUMNS);
      for (int i = 0; i < rows; i++) {
        lanes.load(0, from, (first + i) * from.cols() + k, count);
        lanes.copyColumns(0, 1, 0, 1, COLUMNS, i, count, 1, false);
      }
      lanes.store(1, to, k * COLUMNS, count * COLUMNS);
    }
  }

  private static void fromColumns(
      Lanes lanes, CpuMatrix from, CpuMatrix to, int first, int rows, int length) {
    for (int k = 0; k < length; k += LENGTH) {
      int count = Math.min(LENGTH, length - k);
      lanes.load(0, from, k * COLUMNS, count * COLUMNS);
      for (int i = 0; i < rows; i++) {
        lanes.copyColumns(0, COLUMNS, i, 1, 1, 0, count, 1, false);
        lanes.store(1, to, (first + i) * to.cols() + k, count);
      }
    }
  }
}
