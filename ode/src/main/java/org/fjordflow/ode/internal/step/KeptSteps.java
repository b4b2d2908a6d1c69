package org.fjordflow.ode.internal.step;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.fjordflow.ode.internal.parts.PartLinearization;
import org.jspecify.annotations.Nullable;

/**
 * What the way back starts from: the accepted steps with the states at their starts and, within a
 * budget of memory, the linearizations of the last stages. Those are needed first, and their memory
 * then serves to recompute the others. A stage is kept for all parts or for none.
 */
public final class KeptSteps implements StepKeeper, AutoCloseable {

  /**
   * An accepted step.
   *
   * @param start where it starts, from 0 to the length of its segment
   * @param length its length
   * @param states the state at its start, by part; not modified
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  public record Step(double start, double length, double[][] states) {}

  private final int parts;
  private final StepRows rows;
  private final long budget;
  private final List<Step> steps = new ArrayList<>();
  // Of the first steps; null for one handed over, or of which nothing is left.
  private final List<@Nullable KeptStages> stages = new ArrayList<>();
  private final List<Integer> segmentEnds = new ArrayList<>();
  private final AtomicLong attemptBytes = new AtomicLong();
  private long bytes;
  // Of the stages that an attempt evaluates; all have as many.
  private long attempt;
  // The first step of which something is kept.
  private int oldest;
  // Parts may end it while a step is being tried, on their threads.
  private volatile boolean keeping;
  // The step that is being tried, with the evaluation at its start; and how many of its instants
  // are not of the attempt itself.
  private KeptStages current;
  private int settledInstants;

  /**
   * Prepares for a solve.
   *
   * @param parts number of parts
   * @param rows the method
   * @param budget bytes that linearizations may hold together
   */
  public KeptSteps(int parts, StepRows rows, long budget) {
    this.parts = parts;
    this.rows = rows;
    this.budget = budget;
    this.keeping = budget > 0;
    this.current = newStages();
  }

  @Override
  public boolean isKeeping() {
    return keeping;
  }

  @Override
  public boolean prepare() {
    if (keeping && current.bytes(0) + attempt > budget) {
      // It is not begun, for memory once used stays with the workspace.
      finish();
    }
    while (keeping && bytes + attempt > budget && oldest < stages.size()) {
      drop();
    }
    return keeping;
  }

  private void drop() {
    KeptStages first = Objects.requireNonNull(stages.get(oldest));
    long freed = first.dropFirst(rows.stages());
    if (freed >= 0) {
      bytes -= freed;
      return;
    }
    stages.set(oldest, null);
    oldest++;
    KeptStages next = oldest < stages.size() ? stages.get(oldest) : current;
    first.leaveTo(Objects.requireNonNull(next));
    settledInstants = current.instants();
  }

  @Override
  public void begin(StageInstants instants) {
    current.add(instants);
  }

  @Override
  public void add(int part, int stage, PartLinearization linearization) {
    current.add(part, stage, linearization);
    if (attemptBytes.addAndGet(linearization.bytes()) > budget - bytes) {
      keeping = false;
    }
  }

  /** Lets go what was kept of an attempt, and of the evaluation at its start, if out of budget. */
  @Override
  public void settle() {
    if (!keeping) {
      current.close();
    }
  }

  @Override
  public void starting() {
    current.release(0);
  }

  @Override
  public void started() {
    settledInstants = current.instants();
    claim();
  }

  /** Lets go what was kept of a rejected attempt. */
  @Override
  public void reject() {
    current.release(rows.firstStage());
    current.releaseInstants(settledInstants);
    attemptBytes.set(0);
  }

  @Override
  public boolean accept(PartBatch batch, double s, double length) {
    steps.add(new Step(s, length, batch.startStates()));
    if (!keeping) {
      return true;
    }
    attempt = claim();
    KeptStages next = newStages();
    if (rows.evaluatesEnd()) {
      current.handOn(next);
    }
    stages.add(current);
    current = next;
    settledInstants = 0;
    return true;
  }

  public int size() {
    return steps.size();
  }

  @Override
  public void endSegment() {
    segmentEnds.add(steps.size());
  }

  /** Returns the index behind a segment's last step, which is that of the next one's first step. */
  public int segmentEnd(int segment) {
    return segment < 0 ? 0 : segmentEnds.get(segment);
  }

  public Step step(int index) {
    return steps.get(index);
  }

  /**
   * Hands over the linearizations of a step, once; the caller closes them.
   *
   * @param index index of the step
   * @return null if none were kept, or handed over before; stages may be missing
   */
  public @Nullable KeptStages take(int index) {
    return index < stages.size() ? stages.set(index, null) : null;
  }

  /** Keeps nothing more, and closes what is left of the last step that was tried. */
  public void finish() {
    keeping = false;
    current.close();
  }

  /** Closes what has not been handed over, and keeps nothing more. */
  @Override
  public void close() {
    finish();
    for (int i = stages.size() - 1; i >= 0; i--) {
      KeptStages taken = take(i);
      if (taken != null) {
        taken.close();
      }
    }
  }

  private long claim() {
    long own = attemptBytes.getAndSet(0);
    bytes += own;
    return own;
  }

  private KeptStages newStages() {
    return new KeptStages(parts, rows.lastStage() + 1);
  }
}
