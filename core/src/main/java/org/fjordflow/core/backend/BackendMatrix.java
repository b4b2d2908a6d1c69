package org.fjordflow.core.backend;

/**
 * A {@link Matrix} whose windows are checked here, for all backends: what a backend's matrices
 * extend.
 *
 * @param <M> the backend's own kind of matrix
 */
public abstract class BackendMatrix<M extends BackendMatrix<M>> implements Matrix {
  private final int offset;
  private final int rows;
  private final int cols;

  /**
   * Creates a window on memory.
   *
   * @param offset the first element, counted in elements from where the memory begins
   * @param rows rows, zero or more
   * @param cols columns, zero or more
   */
  protected BackendMatrix(int offset, int rows, int cols) {
    this.offset = offset;
    this.rows = rows;
    this.cols = cols;
  }

  /**
   * Returns another window on the same memory; all of it lies within this one.
   *
   * @param from the first element, counted in elements from where the memory begins
   * @param windowRows rows of the window
   * @param windowCols columns of the window
   */
  protected abstract M window(int from, int windowRows, int windowCols);

  /** Returns the first element, counted in elements from where the memory begins. */
  public final int offset() {
    return offset;
  }

  @Override
  public final int rows() {
    return rows;
  }

  @Override
  public final int cols() {
    return cols;
  }

  @Override
  public final M view(int from, int viewRows, int viewCols) {
    Shapes.requireDimensions(viewRows, viewCols);
    Shapes.requireRange(from, viewRows * viewCols, size(), "view");
    return window(offset + from, viewRows, viewCols);
  }

  @Override
  public final M rows(int from, int to) {
    return view(from * cols, to - from, cols);
  }

  @Override
  public final String toString() {
    return getClass().getSimpleName() + "[" + rows + " x " + cols + "]";
  }
}
