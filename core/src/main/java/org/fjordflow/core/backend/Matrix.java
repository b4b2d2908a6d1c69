package org.fjordflow.core.backend;

/**
 * A dense, row-major, contiguous matrix that belongs to one {@link Backend}. Either dimension may
 * be zero. A matrix is a window on memory: views share it.
 */
public interface Matrix {

  /** Returns the number of rows. */
  int rows();

  /** Returns the number of columns. */
  int cols();

  /** Returns the number of elements, {@code rows * cols}. */
  default int size() {
    return rows() * cols();
  }

  /**
   * Returns a window of the given shape on this matrix's memory.
   *
   * @param offset the first element, counted in elements from the start of this matrix
   * @param rows rows of the window
   * @param cols columns of the window
   * @return a matrix that shares memory with this one
   * @throws org.fjordflow.base.FjordException SHAPE_MISMATCH if the window leaves this matrix
   */
  Matrix view(int offset, int rows, int cols);

  /**
   * Returns a window on consecutive rows.
   *
   * @param from first row, inclusive
   * @param to last row, exclusive
   * @return a matrix that shares memory with this one
   */
  default Matrix rows(int from, int to) {
    return view(from * cols(), to - from, cols());
  }
}
