package org.fjordflow.core.backend;

import java.lang.ref.Cleaner;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * The native memory of a {@link CpuBackend}. A block is freed when no matrix on it can be reached
 * any more, or with all others by {@link #free}. It knows nothing of the backend, so that one that
 * is forgotten can be collected.
 */
final class CpuMemory {

  /** Frees what was forgotten, on a thread of its own, which Java advises to share. */
  static final Cleaner CLEANER =
      Cleaner.create(
          task -> {
            Thread thread = new Thread(task, "fjord-cleaner");
            thread.setDaemon(true);
            return thread;
          });

  /** One allocation. JavaCPP counts it against its limits, but does not free it by itself. */
  private final class Block implements Runnable {
    private final Pointer owner;
    private final long bytes;
    private final AtomicBoolean freed = new AtomicBoolean();

    Block(Pointer owner, long bytes) {
      this.owner = owner;
      this.bytes = bytes;
    }

    @Override
    public void run() {
      if (freed.compareAndSet(false, true)) {
        blocks.remove(this);
        held.addAndGet(-bytes);
        owner.close();
      }
    }
  }

  private final DType dtype;
  private final Set<Block> blocks = ConcurrentHashMap.newKeySet();
  private final AtomicLong held = new AtomicLong();

  CpuMemory(DType dtype) {
    this.dtype = dtype;
  }

  /**
   * Allocates zeros.
   *
   * @return they are freed once neither this nor a pointer made from it can be reached
   */
  Pointer allocate(int elements) {
    long bytes = (long) elements * dtype.bytes();
    Pointer owner =
        dtype == DType.FLOAT32 ? new FloatPointer(elements) : new DoublePointer(elements);
    Pointer.memset(owner, 0, bytes);
    // What matrices hold is a pointer of their own: the one that frees is held by the block.
    Pointer handed = dtype == DType.FLOAT32 ? new FloatPointer(owner) : new DoublePointer(owner);
    Block block = new Block(owner, bytes);
    blocks.add(block);
    held.addAndGet(bytes);
    CLEANER.register(handed, block);
    return handed;
  }

  /** Returns the bytes that are held. */
  long bytes() {
    return held.get();
  }

  /** Frees everything; nobody may use it any more. */
  void free() {
    blocks.forEach(Block::run);
  }
}
