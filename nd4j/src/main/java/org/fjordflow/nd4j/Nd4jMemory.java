package org.fjordflow.nd4j;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashSet;
import java.util.Set;
import org.fjordflow.core.backend.DType;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The arrays of one {@link Nd4jBackend}: those of its matrices and reused scratch.
 *
 * <p>Matrices' arrays are held weakly: ND4J frees those that are unreachable, {@link #close} the
 * others at once.
 */
final class Nd4jMemory implements AutoCloseable {
  private final Nd4jBackend owner;
  private final DataType type;
  private final Set<Reference<?>> live = new HashSet<>();
  private final ReferenceQueue<INDArray> unreachable = new ReferenceQueue<>();
  private final @Nullable INDArray[] scratch = new @Nullable INDArray[4];

  Nd4jMemory(Nd4jBackend owner, DType dtype) {
    this.owner = owner;
    this.type = dtype == DType.FLOAT32 ? DataType.FLOAT : DataType.DOUBLE;
  }

  /** Allocates zeros. */
  Nd4jMatrix allocate(int rows, int cols) {
    for (Reference<?> gone = unreachable.poll(); gone != null; gone = unreachable.poll()) {
      live.remove(gone);
    }
    INDArray root = null;
    if (rows > 0 && cols > 0) {
      root = zeros((long) rows * cols);
      live.add(new WeakReference<>(root, unreachable));
    }
    return new Nd4jMatrix(owner, root, 0, rows, cols);
  }

  /** Returns scratch of the given shape, which holds anything; valid until the slot's next use. */
  INDArray scratch(int slot, int rows, int cols) {
    long size = (long) rows * cols;
    INDArray root = scratch[slot];
    if (root == null || root.length() < size) {
      if (root != null) {
        root.close();
      }
      root = zeros(size);
      scratch[slot] = root;
    }
    return new Nd4jMatrix(owner, root, 0, rows, cols).array();
  }

  @SuppressWarnings("try") // The resource is a scope; nothing refers to it.
  private INDArray zeros(long size) {
    // Not in a workspace that the caller may have open: arrays here outlive it.
    try (MemoryWorkspace outside = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
      return Nd4j.zeros(type, size);
    }
  }

  @Override
  public void close() {
    for (Reference<?> reference : live) {
      if (reference.get() instanceof INDArray array) {
        array.close();
      }
    }
    live.clear();
    for (int slot = 0; slot < scratch.length; slot++) {
      INDArray array = scratch[slot];
      if (array != null) {
        array.close();
        scratch[slot] = null;
      }
    }
  }
}
