package org.fjordflow.ode.internal.step;

import org.fjordflow.ode.SolveStatus;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.internal.parts.RowSolution;
import org.fjordflow.ode.internal.parts.RowSystem;
import org.jspecify.annotations.Nullable;

/** Where rows of one solve end and what they cost; each row is written to by one thread. */
final class RowTally {
  private final RowSystem system;
  private final Span span;
  private final MeasuredGroups measured;
  private final int width;
  private final double[] states;
  private final long[] evaluations;
  private final long[] accepted;
  private final long[] rejected;
  private final boolean[] stiff;
  private final @Nullable SolveStatus[] failures;

  /**
   * Begins with all rows at their starts.
   *
   * @param measured of a single row
   * @param states row by row; held and modified
   */
  RowTally(RowSystem system, Span span, MeasuredGroups measured, double[] states) {
    int rows = system.rows();
    this.system = system;
    this.span = span;
    this.measured = measured;
    this.width = system.width();
    this.states = states;
    this.evaluations = new long[rows];
    this.accepted = new long[rows];
    this.rejected = new long[rows];
    this.stiff = new boolean[rows];
    this.failures = new @Nullable SolveStatus[rows];
  }

  /** Returns the states that rows have started from or ended in. */
  double[] states() {
    return states;
  }

  void evaluate(int row, int count) {
    evaluations[row] += count;
  }

  long evaluations(int row) {
    return evaluations[row];
  }

  void accept(int row) {
    accepted[row]++;
  }

  void reject(int row) {
    rejected[row]++;
  }

  boolean failed(int row) {
    return failures[row] != null;
  }

  /**
   * Takes where a row has arrived.
   *
   * @param source states of rows. Not modified
   * @param at where the row's begins
   */
  void arrive(int row, double[] source, int at, boolean seemsStiff) {
    System.arraycopy(source, at, states, row * width, width);
    stiff[row] = seemsStiff;
  }

  /** Ends a row that cannot go on; {@link #arrive} has said where it is. */
  void fail(int row, Outcome outcome, double s, double step, int component) {
    fail(row, outcome, s, step, component, system.describe(row, component));
  }

  private void fail(
      int row, Outcome outcome, double s, double step, int component, String details) {
    failures[row] =
        new SolveStatus(outcome, span.time(s), span.direction() * step, component, details);
  }

  /**
   * Ends a row if its tolerance cannot be met.
   *
   * @param source states of rows. Not modified
   * @param at where the row's begins
   * @return whether it was ended
   */
  boolean failBelowPrecision(int row, double s, double step, double[] source, int at) {
    double precision = system.precision();
    if (!measured.mayBeBelow(precision)
        || !measured.isBelow(
            precision, MeasuredGroups.squares(measured.whole(), source, source, at))) {
      return false;
    }
    int component = Components.worst(measured.whole(), source, source, at);
    String details = measured.below(precision, system.describe(row, component));
    arrive(row, source, at, false);
    fail(row, Outcome.BELOW_PRECISION, s, step, component, details);
    return true;
  }

  RowSolution solution() {
    int stiffRows = 0;
    for (boolean one : stiff) {
      stiffRows += one ? 1 : 0;
    }
    return new RowSolution(width, states, evaluations, accepted, rejected, stiffRows, failures);
  }
}
