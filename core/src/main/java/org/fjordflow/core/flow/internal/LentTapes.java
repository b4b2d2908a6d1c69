package org.fjordflow.core.flow.internal;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.function.Function;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.jspecify.annotations.Nullable;

/**
 * Tapes that are lent to threads, each to one at a time, and kept with their memory in between:
 * there are as many as there were evaluations at once. Beyond a number of these, which bounds the
 * memory, further ones wait for their turn.
 */
public final class LentTapes {

  private static final int LEAST = 8;

  private final Backend backend;
  private final boolean recording;
  private final ConcurrentLinkedDeque<Tape> free = new ConcurrentLinkedDeque<>();
  private final Semaphore turns =
      new Semaphore(Math.max(LEAST, 2 * Runtime.getRuntime().availableProcessors()));

  /**
   * Creates none yet.
   *
   * @param recording whether they can be swept back
   */
  public LentTapes(Backend backend, boolean recording) {
    this.backend = backend;
    this.recording = recording;
  }

  /**
   * Runs work on an empty tape, under a lease of the backend.
   *
   * @param work must not keep the tape, nor a value on it, nor lend another one
   * @return what it returns
   * @throws org.fjordflow.base.FjordException CLOSED if the backend has been closed
   */
  public <T> T lend(Function<Tape, T> work) {
    turns.acquireUninterruptibly();
    try {
      return leased(work);
    } finally {
      turns.release();
    }
  }

  private <T> T leased(Function<Tape, T> work) {
    Backend.Lease lease = backend.lease();
    try {
      @Nullable Tape kept = free.poll();
      Tape tape = kept == null ? made() : kept;
      try {
        return work.apply(tape);
      } finally {
        tape.reset();
        free.push(tape);
      }
    } finally {
      lease.close();
    }
  }

  private Tape made() {
    return recording ? Tape.recording(backend) : Tape.evaluating(backend);
  }
}
