package org.fjordflow.cnf;

import java.util.ArrayDeque;
import java.util.Deque;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.jspecify.annotations.Nullable;

/** Tapes that evaluations of a field are made on, kept so that their memory is reused. */
final class Workspace {

  private final Deque<Tape> free = new ArrayDeque<>();
  private @Nullable Tape evaluating;

  /** A tape that only evaluates, reset; the same one each time. */
  Tape evaluating(Backend backend) {
    Tape tape = evaluating;
    if (tape == null || tape.backend() != backend) {
      tape = Tape.evaluating(backend);
      evaluating = tape;
    }
    tape.reset();
    return tape;
  }

  /** A recording tape, reset; the caller gives it back. */
  Tape borrow(Backend backend) {
    Tape tape = free.poll();
    if (tape == null || tape.backend() != backend) {
      return Tape.recording(backend);
    }
    tape.reset();
    return tape;
  }

  void giveBack(Tape tape) {
    free.push(tape);
  }
}
