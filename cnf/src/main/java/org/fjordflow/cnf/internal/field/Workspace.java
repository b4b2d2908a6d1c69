package org.fjordflow.cnf.internal.field;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.internal.Gradients;
import org.fjordflow.core.autodiff.internal.Scratch;
import org.fjordflow.core.autodiff.internal.Transposes;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.field.VectorField;
import org.jspecify.annotations.Nullable;

/**
 * What evaluations of a field work in, kept so that memory is reused from solve to solve: tapes,
 * sums of gradients, transposes of weights. It belongs to the tape that the solves are made on, so
 * that solves on different tapes share nothing.
 */
public final class Workspace {

  /** What a tape is for. */
  enum Use {
    EVALUATE_PART(false),
    EVALUATE_WITHOUT_TANGENTS(false),
    LINEARIZE_PART(true),
    LINEARIZE_WITHOUT_TANGENTS(true),
    PREPARE(false),
    SELECT_ROWS(false),
    PREPARE_REVERSIBLY(true);

    private final boolean recording;

    Use(boolean recording) {
      this.recording = recording;
    }
  }

  /**
   * Tapes, or other memory, not in use. A thread is given one that it gave back itself if there is
   * one, the latest first, since that one's memory is still in its cache; but none is made while
   * there is any, so that memory does not depend on which thread does what.
   */
  private static final class Shelf<T> {
    private record Place<T>(T thing, Thread last) {}

    private final List<Place<T>> places = new ArrayList<>();

    synchronized @Nullable T take() {
      int top = places.size() - 1;
      int at = top;
      while (at > 0 && places.get(at).last() != Thread.currentThread()) {
        at--;
      }
      if (top < 0) {
        return null;
      }
      boolean own = places.get(at).last() == Thread.currentThread();
      return places.remove(own ? at : top).thing();
    }

    synchronized void put(T thing) {
      places.add(new Place<>(thing, Thread.currentThread()));
    }
  }

  /** Everything belongs to one backend; another one starts anew. */
  private static final class Memory {
    private final Backend backend;
    private final Transposes transposes = new Transposes();
    // Apart by what they are used for, since a tape keeps the memory of its largest use.
    private final Map<Use, Shelf<Tape>> shelves = new EnumMap<>(Use.class);
    private final Shelf<Scratch> scratches = new Shelf<>();
    private final List<Gradients> gradients = new ArrayList<>();

    Memory(Backend backend) {
      this.backend = backend;
      for (Use use : Use.values()) {
        shelves.put(use, new Shelf<>());
      }
    }

    Shelf<Tape> shelf(Use use) {
      return Objects.requireNonNull(shelves.get(use));
    }
  }

  private @Nullable Memory memory;

  /** Returns what solves of a field on a tape work in. */
  public static Workspace of(Tape tape, VectorField field) {
    return tape.attachment(field, Workspace.class, Workspace::new);
  }

  private Memory memory(Backend backend) {
    Memory found = memory;
    if (found == null || found.backend != backend) {
      found = new Memory(backend);
      memory = found;
    }
    return found;
  }

  /** Begins a solve: parameters may have changed, and sums are of this many groups. */
  void begin(Backend backend, int groups) {
    Memory m = memory(backend);
    m.transposes.invalidate();
    while (m.gradients.size() < groups) {
      m.gradients.add(new Gradients(backend));
    }
  }

  /** Sums of the gradients of a group. */
  Gradients gradients(Backend backend, int group) {
    return memory(backend).gradients.get(group);
  }

  /** A tape, reset; to be given back. */
  Tape borrow(Backend backend, Use use) {
    Memory m = memory(backend);
    Tape tape = m.shelf(use).take();
    if (tape != null) {
      tape.reset();
      return tape;
    }
    return use.recording
        ? Tape.recording(backend, m.transposes)
        : Tape.evaluating(backend, m.transposes);
  }

  void giveBack(Tape tape, Use use) {
    memory(tape.backend()).shelf(use).put(tape);
  }

  /** Memory that a tape may use while a part is evaluated or swept back; to be given back. */
  Scratch borrowScratch(Backend backend) {
    Scratch scratch = memory(backend).scratches.take();
    return scratch == null ? new Scratch(backend) : scratch;
  }

  void giveBack(Backend backend, Scratch scratch) {
    memory(backend).scratches.put(scratch);
  }
}
