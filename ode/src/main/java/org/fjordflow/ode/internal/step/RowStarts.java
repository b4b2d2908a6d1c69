package org.fjordflow.ode.internal.step;

import java.util.Arrays;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.internal.parts.RowSystem;

/**
 * Evaluates rows where they start, and chooses the first step of each from what that row shows,
 * many rows at once.
 */
final class RowStarts {
  private final RowSystem.Evaluator evaluator;
  private final Span span;
  private final StepControl control;
  private final MeasuredGroups measured;
  private final MeasuredGroups.Range[] positions;
  private final RowTally tally;
  private final long budget;
  private final int width;
  private final int[] rows;
  private final double[] times;
  private final double[] states;
  private final double[] slopes;
  private int count;

  RowStarts(
      RowSystem system,
      RowSystem.Evaluator evaluator,
      Span span,
      StepControl control,
      MeasuredGroups measured,
      RowTally tally,
      long budget,
      int most) {
    this.evaluator = evaluator;
    this.span = span;
    this.control = control;
    this.measured = measured;
    this.positions = measured.positions(system.groups());
    this.tally = tally;
    this.budget = budget;
    this.width = system.width();
    this.rows = new int[most];
    this.times = new double[rows.length];
    this.states = new double[rows.length * width];
    this.slopes = new double[rows.length * width];
  }

  /**
   * Evaluates a range.
   *
   * @param from its first row
   * @param starts receives derivatives of all its rows, row by row. Modified
   * @param firstSteps receives lengths, 0 for a row that failed. Modified
   */
  void evaluate(int from, double[] starts, double[] firstSteps) {
    int next = 0;
    while (next < firstSteps.length) {
      for (count = 0; count < rows.length && next < firstSteps.length; next++) {
        int row = from + next;
        if (isGood(row)) {
          rows[count++] = row;
        }
      }
      if (count > 0) {
        start(from, starts, firstSteps);
      }
    }
  }

  private boolean isGood(int row) {
    double[] all = tally.states();
    int at = row * width;
    if (tally.failBelowPrecision(row, 0, 0, all, at)) {
      return false;
    }
    return isFinite(row, all, at);
  }

  private boolean isFinite(int row, double[] values, int at) {
    int component = Components.notFinite(values, at, at + width);
    if (component >= 0) {
      tally.fail(row, Outcome.NON_FINITE, 0, 0, component);
    }
    return component < 0;
  }

  private void start(int from, double[] starts, double[] firstSteps) {
    for (int i = 0; i < count; i++) {
      System.arraycopy(tally.states(), rows[i] * width, states, i * width, width);
      times[i] = span.start();
    }
    evaluate(true);
    StartSizes[] sizes = new StartSizes[count];
    int kept = 0;
    for (int i = 0; i < count; i++) {
      tally.evaluate(rows[i], 1);
      if (!isFinite(rows[i], slopes, i * width)) {
        continue;
      }
      System.arraycopy(slopes, i * width, starts, (rows[i] - from) * width, width);
      firstSteps[rows[i] - from] = control.first();
      sizes[kept] = sizes(i * width);
      rows[kept++] = rows[i];
    }
    if (control.first() > 0) {
      return;
    }
    int[] started = Arrays.copyOf(rows, kept);
    for (boolean integrals : new boolean[] {false, true}) {
      tryStep(started, sizes, integrals, from, starts, firstSteps);
    }
  }

  private StartSizes sizes(int at) {
    return new StartSizes(
        MeasuredGroups.squares(measured.whole(), states, states, at),
        MeasuredGroups.squares(measured.whole(), slopes, states, at),
        MeasuredGroups.squares(positions, slopes, states, at),
        measured.components());
  }

  private void evaluate(boolean integrals) {
    evaluator.select(rows, count);
    evaluator.at(times);
    evaluator.derivatives(integrals, states, slopes);
  }

  /** Makes the trial steps of the rows that need integrals, or of those that do not. */
  private void tryStep(
      int[] started,
      StartSizes[] sizes,
      boolean integrals,
      int from,
      double[] starts,
      double[] firstSteps) {
    StartSizes[] tried = new StartSizes[started.length];
    double[] trials = new double[started.length];
    count = 0;
    for (int i = 0; i < started.length; i++) {
      int row = started[i];
      if (sizes[i].needIntegrals() != integrals) {
        continue;
      }
      if (tally.evaluations(row) >= budget) {
        tally.fail(row, Outcome.BUDGET_SPENT, 0, 0, -1);
        continue;
      }
      tried[count] = sizes[i];
      trials[count] = sizes[i].trial(control);
      times[count] = span.time(trials[count]);
      double h = span.direction() * trials[count];
      for (int d = 0; d < width; d++) {
        double slope = starts[(row - from) * width + d];
        states[count * width + d] = tally.states()[row * width + d] + h * slope;
      }
      rows[count++] = row;
    }
    if (count == 0) {
      return;
    }
    evaluate(integrals);
    for (int i = 0; i < count; i++) {
      int at = rows[i] * width;
      int own = i * width;
      boolean arrived = Kernels.finite(states, own, own + width);
      tally.evaluate(rows[i], arrived ? 1 : 0);
      if (!arrived || !Kernels.finite(slopes, own, own + width)) {
        Arrays.fill(slopes, own, own + width, span.direction() * StartSizes.ENORMOUS);
      }
      for (int d = 0; d < width; d++) {
        slopes[own + d] -= starts[(rows[i] - from) * width + d];
      }
      // The tolerance is that at the start.
      System.arraycopy(tally.states(), at, states, own, width);
      MeasuredGroups.Range[] seen = integrals ? measured.whole() : positions;
      double change = MeasuredGroups.squares(seen, slopes, states, own);
      firstSteps[rows[i] - from] = tried[i].firstStep(control, trials[i], change);
    }
  }
}
