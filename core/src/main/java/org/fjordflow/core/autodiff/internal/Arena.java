package org.fjordflow.core.autodiff.internal;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Matrix;

/**
 * Memory that is taken piece by piece and given back all at once: after the first pass of a
 * computation the same pieces are handed out again and nothing is allocated.
 */
public final class Arena {

  /** Pieces start at multiples of this many elements, a cache line of floats. */
  private static final int ALIGNMENT = 16;

  /** The first piece has at least this many elements; each further one doubles what there is. */
  private static final int FIRST_SLAB = 1 << 12;

  private static final int LARGEST_SLAB = 1 << 18;

  private final Backend backend;
  private final List<Matrix> slabs = new ArrayList<>();
  private int slab;
  private int used;
  private int held;
  // What an arena of its own would have for the pieces since the last reset: the room in its last
  // slab, what decides on the size of its next one, and all that it would hold.
  private int ownRoom;
  private int ownHeld;
  private long ownElements;

  public Arena(Backend backend) {
    this.backend = backend;
  }

  /** Takes a matrix with arbitrary contents. */
  public Matrix take(int rows, int cols) {
    int size = rows * cols;
    count(size);
    while (slab < slabs.size() && (long) used + size > slabs.get(slab).size()) {
      slab++;
      used = 0;
    }
    if (slab == slabs.size()) {
      Matrix added = backend.allocate(1, slabSize(size, held));
      held = Math.min(LARGEST_SLAB, held + added.size());
      slabs.add(added);
    }
    Matrix taken = slabs.get(slab).view(used, rows, cols);
    used += aligned(size);
    used = Math.min(used, slabs.get(slab).size());
    return taken;
  }

  private static int slabSize(int piece, int held) {
    return Math.max(piece, Math.min(LARGEST_SLAB, Math.max(FIRST_SLAB, held)));
  }

  private static int aligned(int size) {
    return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  private void count(int size) {
    if (ownElements == 0 || size > ownRoom) {
      ownRoom = slabSize(size, ownHeld);
      ownHeld = Math.min(LARGEST_SLAB, ownHeld + ownRoom);
      ownElements += ownRoom;
    }
    ownRoom = Math.max(0, ownRoom - aligned(size));
  }

  /** Gives everything back; matrices taken before may be overwritten from now on. */
  public void reset() {
    slab = 0;
    used = 0;
    ownRoom = 0;
    ownHeld = 0;
    ownElements = 0;
  }

  /**
   * Returns the bytes that a new arena would hold for the pieces taken since the last reset. Unlike
   * {@link #bytes} this does not depend on what was taken before.
   */
  public long ownBytes() {
    return ownElements * backend.dtype().bytes();
  }

  /** Returns the bytes held. */
  public long bytes() {
    return slabs.stream().mapToLong(m -> (long) m.size() * backend.dtype().bytes()).sum();
  }
}
