package org.fjordflow.discrete.internal.layers;

import java.util.concurrent.ConcurrentLinkedDeque;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;

/** Tapes that only evaluate, kept with their memory between uses; tasks may share a pool. */
public final class TapePool {

  private final Backend backend;
  private final ConcurrentLinkedDeque<Tape> free = new ConcurrentLinkedDeque<>();

  public TapePool(Backend backend) {
    this.backend = backend;
  }

  public Backend backend() {
    return backend;
  }

  /** Returns an empty tape, for {@link #give} when it is no longer needed. */
  public Tape take() {
    Tape tape = free.poll();
    return tape == null ? Tape.evaluating(backend) : tape;
  }

  /** Takes a tape back; what was made on it is void. */
  public void give(Tape tape) {
    tape.reset();
    free.push(tape);
  }
}
