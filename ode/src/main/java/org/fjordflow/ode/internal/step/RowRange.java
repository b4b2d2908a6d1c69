package org.fjordflow.ode.internal.step;

import java.util.Arrays;
import java.util.Comparator;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.internal.parts.RowSystem;
import org.jspecify.annotations.Nullable;

/**
 * A range of rows that is solved by one thread. So many of them try steps together that products
 * are large; where one has arrived, or failed, the next one that waits takes its place, and when
 * none waits any more, the last one.
 */
final class RowRange {
  private final Span span;
  private final RowSystem.Evaluator evaluator;
  private final StepRows rows;
  private final StepControl control;
  private final MeasuredGroups measured;
  private final RowTally tally;
  private final RowwiseRun.@Nullable Listener listener;
  private final RowStarts starts;
  private final RowBlock block;
  private final long budget;
  private final int first;
  private final int size;
  private final int width;
  private final double[] startSlopes;
  private final double[] firstSteps;
  private final Integer[] waiting;
  // Of the rows that try steps, by their places in the block.
  private final int[] active;
  private final StepProgress[] progress;
  private final StiffnessWatch[] watches;
  private final boolean[] leaves;
  private int count;
  private int next;

  RowRange(
      SolverConfig config,
      Span span,
      RowSystem system,
      int range,
      RowSystem.Evaluator evaluator,
      StepRows rows,
      StepControl control,
      MeasuredGroups measured,
      RowTally tally,
      RowwiseRun.@Nullable Listener listener) {
    this.span = span;
    this.evaluator = evaluator;
    this.rows = rows;
    this.control = control;
    this.measured = measured;
    this.tally = tally;
    this.listener = listener;
    this.budget = config.maxEvaluations();
    this.first = system.start(range);
    this.size = system.start(range + 1) - first;
    this.width = system.width();
    int most = Math.min(system.most(), size);
    this.starts = new RowStarts(system, evaluator, span, control, measured, tally, budget, most);
    this.block = new RowBlock(system, evaluator, rows, span, measured, most);
    this.startSlopes = new double[size * width];
    this.firstSteps = new double[size];
    this.waiting = new Integer[size];
    this.active = new int[most];
    this.progress = new StepProgress[most];
    this.watches = new StiffnessWatch[most];
    this.leaves = new boolean[most];
  }

  void solve() {
    starts.evaluate(first, startSlopes, firstSteps);
    // Those that begin with short steps take many: begun early, they are not the last ones alone.
    Arrays.setAll(waiting, i -> i);
    Arrays.sort(waiting, Comparator.comparingDouble(i -> firstSteps[i]));
    Arrays.fill(leaves, true);
    count = active.length;
    boolean changed = refill();
    while (count > 0) {
      if (changed) {
        evaluator.select(active, count);
      }
      for (int place = 0; place < count; place++) {
        block.aim(place, progress[place].reached(), progress[place].step(control));
      }
      block.attempt(count);
      for (int place = 0; place < count; place++) {
        leaves[place] = !goesOn(place);
      }
      changed = refill();
    }
  }

  /** Fills the places of rows that leave; returns whether there were any. */
  private boolean refill() {
    boolean changed = false;
    for (int place = 0; place < count; place++) {
      while (place < count && leaves[place]) {
        changed = true;
        if (!enter(place)) {
          count--;
          moveLast(place);
        }
      }
    }
    return changed;
  }

  /** Puts the next row that waits at a place; returns whether there was one. */
  private boolean enter(int place) {
    while (next < size) {
      int own = waiting[next++];
      int row = first + own;
      double step = firstSteps[own];
      int at = own * width;
      if (tally.failed(row)) {
        continue;
      }
      block.put(place, tally.states(), row * width, startSlopes, at);
      if (!hasBudget(row, place, 0, step)) {
        continue;
      }
      active[place] = row;
      progress[place] = new StepProgress();
      progress[place].begin(control, step);
      watches[place] = StiffnessWatch.of(rows.method());
      leaves[place] = false;
      return true;
    }
    return false;
  }

  private void moveLast(int place) {
    if (place < count) {
      block.move(count, place);
      active[place] = active[count];
      progress[place] = progress[count];
      watches[place] = watches[count];
      leaves[place] = leaves[count];
    }
  }

  /** Accepts or rejects what a row has tried; returns whether it goes on. */
  private boolean goesOn(int place) {
    int row = active[place];
    StepProgress own = progress[place];
    double step = block.step(place);
    double error = block.error(place);
    tally.evaluate(row, block.evaluations(place));
    if (error < 1) {
      return accept(place, row, own, step, error);
    }
    tally.reject(row);
    if (Double.isNaN(error) || Double.isNaN(step)) {
      return fail(place, Outcome.NON_FINITE, step, worstAtEnd(place));
    }
    if (tally.failBelowPrecision(row, own.reached(), step, block.state(), block.offset(place))) {
      return false;
    }
    if (!own.shorten(control, step, error)) {
      return block.isFinite(place)
          ? fail(place, Outcome.STEP_UNDERFLOW, step, worstAtEnd(place))
          : fail(place, Outcome.NON_FINITE, step, block.component(place));
    }
    return hasBudget(row, place, own.reached(), own.next());
  }

  private boolean accept(int place, int row, StepProgress own, double step, double error) {
    tally.accept(row);
    StiffnessWatch watch = watches[place];
    double stiffness = watch.looks() ? block.stiffness(place) : 0;
    watch.accept(span.time(own.reached()), stiffness);
    if (listener != null) {
      listener.accepted(row, own.reached(), step, block.state(), block.offset(place));
    }
    block.accept(place);
    own.moveTo(own.reached() + step);
    if (control.isEnd(own.reached())) {
      arrive(place);
      return false;
    }
    if (!own.follow(control, step, error)) {
      int at = block.offset(place);
      return !tally.failBelowPrecision(row, own.reached(), step, block.state(), at)
          && fail(place, Outcome.STEP_UNDERFLOW, step, worstAtStart(place));
    }
    return hasBudget(row, place, own.reached(), own.next());
  }

  private boolean hasBudget(int row, int place, double s, double step) {
    if (tally.evaluations(row) + rows.lastStage() - rows.firstStage() < budget) {
      return true;
    }
    tally.arrive(row, block.state(), block.offset(place), false);
    tally.fail(row, Outcome.BUDGET_SPENT, s, control.clip(s, step), worstAtStart(place));
    return false;
  }

  private void arrive(int place) {
    boolean stiff = !Double.isNaN(watches[place].stiffFrom());
    tally.arrive(active[place], block.state(), block.offset(place), stiff);
  }

  /** Ends a row that cannot go on; returns that it does not. */
  private boolean fail(int place, Outcome outcome, double step, int component) {
    arrive(place);
    tally.fail(active[place], outcome, progress[place].reached(), step, component);
    return false;
  }

  private int worstAtStart(int place) {
    return Components.worst(measured.whole(), block.state(), block.slopes(0), block.offset(place));
  }

  private int worstAtEnd(int place) {
    return Components.worst(
        measured.whole(), block.end(), block.slopes(rows.lastStage()), block.offset(place));
  }
}
