package org.fjordflow.core.backend.internal;

import java.lang.ref.Cleaner;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * The native memory of a backend on the processor. A block is freed when no matrix on it can be
 * reached any more, or with all others by {@link #free}. It knows nothing of the backend, so that
 * one that is forgotten can be collected.
 */
public final class CpuMemory {

  /** Frees what was forgotten, on a thread of its own, which Java advises to share. */
  public static final Cleaner CLEANER =
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

  private final boolean isSingle;
  private final Set<Block> blocks = ConcurrentHashMap.newKeySet();
  private final AtomicLong held = new AtomicLong();

  /**
   * Creates it.
   *
   * @param isSingle whether elements are of single precision
   */
  public CpuMemory(boolean isSingle) {
    this.isSingle = isSingle;
  }

  /**
   * Allocates zeros.
   *
   * @return they are freed once neither this nor a pointer made from it can be reached
   */
  public Pointer allocate(int elements) {
    long bytes = (long) elements * (isSingle ? Float.BYTES : Double.BYTES);
    Pointer owner = isSingle ? new FloatPointer(elements) : new DoublePointer(elements);
    Pointer.memset(owner, 0, bytes);
    // What matrices hold is a pointer of their own: the one that frees is held by the block.
    Pointer handed = isSingle ? new FloatPointer(owner) : new DoublePointer(owner);
    Block block = new Block(owner, bytes);
    blocks.add(block);
    held.addAndGet(bytes);
    CLEANER.register(handed, block);
    return handed;
  }

  /** Returns the bytes that are held. */
  public long bytes() {
    return held.get();
  }

  /** Frees everything; nobody may use it any more. */
  public void free() {
    blocks.forEach(Block::run);
  }
}
