package org.fjordflow.nd4j;

import org.fjordflow.core.backend.BackendMatrix;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A window on one flat ND4J array.
 *
 * <p>A matrix without elements has no array: ND4J's empty arrays lose their shape, so {@link
 * Nd4jBackend} never comes to them.
 */
final class Nd4jMatrix extends BackendMatrix<Nd4jMatrix> {
  private final Nd4jBackend owner;
  // Kept by every window, since the memory goes with this array.
  private final @Nullable INDArray root;
  private @Nullable INDArray array;
  private @Nullable INDArray transposed;

  Nd4jMatrix(Nd4jBackend owner, @Nullable INDArray root, int offset, int rows, int cols) {
    super(offset, rows, cols);
    this.owner = owner;
    this.root = root;
  }

  Nd4jBackend owner() {
    return owner;
  }

  @Override
  protected Nd4jMatrix window(int from, int windowRows, int windowCols) {
    return new Nd4jMatrix(owner, root, from, windowRows, windowCols);
  }

  /** Returns whether both matrices are the same elements of the same memory. */
  boolean coincides(Nd4jMatrix other) {
    return root == other.root && offset() == other.offset() && size() == other.size();
  }

  /** Returns the array of rank 2 on this window, row-major. */
  INDArray array() {
    if (array == null) {
      array = window(new long[] {rows(), cols()}, new long[] {cols(), 1}, 0, 'c');
    }
    return array;
  }

  /** Returns the transpose as a column-major array of rank 2 on the same memory. */
  INDArray transposed() {
    if (transposed == null) {
      transposed = window(new long[] {cols(), rows()}, new long[] {1, cols()}, 0, 'f');
    }
    return transposed;
  }

  /** Returns the array of rank 2 on some of the columns. */
  INDArray columns(int from, int count) {
    return window(new long[] {rows(), count}, new long[] {cols(), 1}, from, 'c');
  }

  private INDArray window(long[] shape, long[] strides, int from, char order) {
    if (root == null) {
      throw new IllegalStateException("a matrix of no elements has no array");
    }
    return Nd4j.create(root.data(), shape, strides, (long) offset() + from, order);
  }
}
