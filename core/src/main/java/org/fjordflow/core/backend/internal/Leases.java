package org.fjordflow.core.backend.internal;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Supplier;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * Who uses a backend at the moment, thread by thread, so that its memory is returned once it has
 * been closed and nobody uses it any more: never under an operation that is running.
 *
 * <p>A thread that begins announces itself first and then looks whether the backend is closed; who
 * closes says so first and then looks who has announced himself. Both are volatile accesses, so one
 * of the two sees the other. Within a use, further ones are counted and cost next to nothing.
 */
public final class Leases {

  /** What a thread has of a backend: how many uses it is in, and memory of its own to work in. */
  public static final class Slot {

    /** Apart from what other threads write: on a cache line of its own. */
    private static final int AT = 16;

    private final AtomicIntegerArray depth = new AtomicIntegerArray(2 * AT + 1);
    private @Nullable Object scratch;

    private Slot() {}

    /** Returns what the thread works in, or null at first. */
    public @Nullable Object scratch() {
      return scratch;
    }

    /** Says what the thread works in. */
    public void keep(Object memory) {
      scratch = memory;
    }

    private boolean isUsed() {
      return depth.get(AT) > 0;
    }
  }

  /**
   * The slots of all threads that live. It knows nothing of its backend, which may be forgotten.
   */
  private static final class Slots {
    private final Set<Reference<Slot>> all = ConcurrentHashMap.newKeySet();
    private final ReferenceQueue<Slot> ended = new ReferenceQueue<>();

    Slot add() {
      for (Reference<? extends Slot> gone = ended.poll(); gone != null; gone = ended.poll()) {
        all.remove(gone);
      }
      Slot slot = new Slot();
      all.add(new WeakReference<>(slot, ended));
      return slot;
    }

    boolean areUsed() {
      for (Reference<Slot> reference : all) {
        Slot slot = reference.get();
        if (slot != null && slot.isUsed()) {
          return true;
        }
      }
      return false;
    }

    /** Threads may outlive the backend, and their slots with them, but not what they worked in. */
    void clear() {
      for (Reference<Slot> reference : all) {
        Slot slot = reference.get();
        if (slot != null) {
          slot.scratch = null;
        }
      }
    }
  }

  private final Slots slots = new Slots();
  private final ThreadLocal<Slot> own = ThreadLocal.withInitial(slots::add);
  private final AtomicBoolean released = new AtomicBoolean();
  private final Runnable release;
  private final Supplier<FjordException> closedError;
  private volatile boolean closed;

  /**
   * Creates them for a backend that is open.
   *
   * @param release returns what the backend holds; run once, when it is closed and not in use
   * @param closedError makes what is thrown after that
   */
  public Leases(Runnable release, Supplier<FjordException> closedError) {
    this.release = release;
    this.closedError = closedError;
  }

  /** Returns what makes threads drop the memory they worked in; it does not hold the backend. */
  public Runnable forget() {
    return slots::clear;
  }

  /** Returns what the calling thread has. */
  public Slot slot() {
    return own.get();
  }

  /**
   * Begins a use on the calling thread, for {@link #exit}.
   *
   * @throws FjordException CLOSED, unless this thread is in a use that began before
   */
  public Slot enter() {
    Slot slot = own.get();
    int depth = slot.depth.getPlain(Slot.AT);
    if (depth > 0) {
      slot.depth.setPlain(Slot.AT, depth + 1);
      return slot;
    }
    slot.depth.set(Slot.AT, 1);
    if (closed) {
      exit(slot);
      throw closedError.get();
    }
    return slot;
  }

  /** Begins a use as a part of one that another thread is in until this one has ended. */
  public Slot enterPart() {
    Slot slot = own.get();
    slot.depth.set(Slot.AT, slot.depth.getPlain(Slot.AT) + 1);
    return slot;
  }

  /** Ends a use; the last one of a closed backend returns its memory. */
  public void exit(Slot slot) {
    int depth = slot.depth.getPlain(Slot.AT) - 1;
    if (depth > 0) {
      slot.depth.setPlain(Slot.AT, depth);
      return;
    }
    slot.depth.set(Slot.AT, 0);
    if (closed) {
      releaseUnlessUsed();
    }
  }

  /** Returns whether {@link #close} has been called. */
  public boolean isClosed() {
    return closed;
  }

  /** Lets nobody begin any more; what runs goes on, and the last one returns the memory. */
  public void close() {
    closed = true;
    releaseUnlessUsed();
  }

  private void releaseUnlessUsed() {
    if (!slots.areUsed() && released.compareAndSet(false, true)) {
      slots.clear();
      release.run();
    }
  }
}
