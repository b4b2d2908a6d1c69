package org.fjordflow.core.backend;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.util.Objects;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.fjordflow.core.backend.internal.CpuMemory;
import org.jspecify.annotations.Nullable;

/** A window on off-heap memory: visible to BLAS by its address and to Java loops by its buffer. */
final class CpuMatrix extends BackendMatrix<CpuMatrix> {

  /** One native allocation, which lives as long as the matrices on it, or until it is freed. */
  static final class Storage {
    private final Pointer pointer;
    private final @Nullable FloatBuffer floats;
    private final @Nullable DoubleBuffer doubles;

    private Storage(Pointer pointer) {
      this.pointer = pointer;
      this.floats = pointer instanceof FloatPointer f ? f.asBuffer() : null;
      this.doubles = pointer instanceof DoublePointer d ? d.asBuffer() : null;
    }

    static Storage allocate(CpuMemory memory, DType dtype, int size) {
      // At least one element, since a null address is no valid argument for BLAS.
      int capacity = Math.max(size, 1);
      try {
        return new Storage(memory.allocate(capacity));
      } catch (OutOfMemoryError e) {
        String needed =
            "%.1f MiB of native memory".formatted((double) capacity * dtype.bytes() / (1 << 20));
        OutOfMemoryError clear =
            new OutOfMemoryError(
                needed
                    + " for a matrix cannot be had: beside the heap there may be as much as -Xmx says;"
                    + " raise -Xmx or -Dorg.bytedeco.javacpp.maxBytes, use smaller batches, or keep"
                    + " less of a solve");
        clear.initCause(e);
        throw clear;
      }
    }

    Pointer pointer() {
      return pointer;
    }

    FloatBuffer floats() {
      return Objects.requireNonNull(floats);
    }

    DoubleBuffer doubles() {
      return Objects.requireNonNull(doubles);
    }
  }

  private final CpuBackend owner;
  private final Storage storage;
  private volatile @Nullable Pointer address;

  CpuMatrix(CpuBackend owner, Storage storage, int offset, int rows, int cols) {
    super(offset, rows, cols);
    this.owner = owner;
    this.storage = storage;
  }

  CpuBackend owner() {
    return owner;
  }

  Storage storage() {
    return storage;
  }

  @Override
  protected CpuMatrix window(int from, int windowRows, int windowCols) {
    return new CpuMatrix(owner, storage, from, windowRows, windowCols);
  }

  /** Returns all elements from one on, as one row. */
  CpuMatrix from(int first) {
    return new CpuMatrix(owner, storage, offset() + first, 1, size() - first);
  }

  /** Returns the address of the first element of a FLOAT32 matrix. */
  FloatPointer floatAddress() {
    Pointer pointer = address;
    if (pointer == null) {
      pointer = new FloatPointer(storage.pointer()).position(offset());
      address = pointer;
    }
    return (FloatPointer) pointer;
  }

  /** Returns the address of the first element of a FLOAT64 matrix. */
  DoublePointer doubleAddress() {
    Pointer pointer = address;
    if (pointer == null) {
      pointer = new DoublePointer(storage.pointer()).position(offset());
      address = pointer;
    }
    return (DoublePointer) pointer;
  }

  /** Copies a run of elements: few instructions, for many short runs. */
  void copyTo(int from, CpuMatrix target, int to, int count) {
    int source = offset() + from;
    int there = target.offset() + to;
    if (storage.floats != null) {
      target.storage.floats().put(there, storage.floats, source, count);
    } else {
      target.storage.doubles().put(there, storage.doubles(), source, count);
    }
  }

  /** Writes the transpose element by element: meant for small matrices. */
  void transposeTo(CpuMatrix target) {
    int rows = rows();
    int cols = cols();
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < cols; j++) {
        int from = offset() + i * cols + j;
        int to = target.offset() + j * rows + i;
        if (storage.floats != null) {
          target.storage.floats().put(to, storage.floats.get(from));
        } else {
          target.storage.doubles().put(to, storage.doubles().get(from));
        }
      }
    }
  }
}
