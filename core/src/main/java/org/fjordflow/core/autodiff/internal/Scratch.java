package org.fjordflow.core.autodiff.internal;

import org.fjordflow.core.backend.Backend;

/**
 * Memory that several tapes use one after the other, for what none of them needs to keep: results
 * that can be computed anew from what is kept, and the adjoints of a sweep. Not safe for use by
 * several threads.
 */
public final class Scratch {

  private final Arena arena;

  /** Creates empty scratch memory. */
  public Scratch(Backend backend) {
    this.arena = new Arena(backend);
  }

  /** Returns the bytes held. */
  public long bytes() {
    return arena.bytes();
  }

  public Arena arena() {
    return arena;
  }
}
