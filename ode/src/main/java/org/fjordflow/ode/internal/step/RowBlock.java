package org.fjordflow.ode.internal.step;

import java.util.List;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.internal.parts.RowSystem;

/**
 * Rows that try a step together, each from its own place and of its own length. All arrays are row
 * by row; a row has a place among them while it is solved.
 *
 * <p>Where values are not finite is told by marks, as {@link PartStepper} has them; the other rows
 * go on.
 */
final class RowBlock {
  private final RowSystem.Evaluator evaluator;
  private final StepRows rows;
  private final Span span;
  private final List<OdeSystem.Group> groups;
  private final RowErrors errors;
  private final int width;
  private final double[][] slopes;
  private final double[] work;
  private final double[] lengths;
  private final double[] times;
  private final double[] starts;
  private final double[] steps;
  private final int[] marks;
  private final int[] components;
  private double[] state;
  private double[] end;
  private int count;

  /**
   * Makes room for rows.
   *
   * @param measured of a single row
   */
  RowBlock(
      RowSystem system,
      RowSystem.Evaluator evaluator,
      StepRows rows,
      Span span,
      MeasuredGroups measured,
      int most) {
    this.evaluator = evaluator;
    this.rows = rows;
    this.span = span;
    this.groups = system.groups();
    this.width = system.width();
    this.errors = new RowErrors(rows.method(), measured, width, most);
    this.slopes = new double[rows.lastStage() + 1][most * width];
    this.state = new double[most * width];
    this.end = new double[most * width];
    this.work = new double[most * width];
    this.lengths = new double[most * width];
    this.times = new double[most];
    this.starts = new double[most];
    this.steps = new double[most];
    this.marks = new int[most];
    this.components = new int[most];
  }

  /** Returns where the components of the row at a place begin. */
  int offset(int place) {
    return place * width;
  }

  double[] state() {
    return state;
  }

  double[] end() {
    return end;
  }

  /** Returns the derivatives at a stage. */
  double[] slopes(int stage) {
    return slopes[stage];
  }

  /**
   * Puts a row at a place.
   *
   * @param states where its state is, from an index on. Not modified
   * @param derivatives where its derivative is, from an index on. Not modified
   */
  void put(int place, double[] states, int at, double[] derivatives, int from) {
    System.arraycopy(states, at, state, offset(place), width);
    System.arraycopy(derivatives, from, slopes[0], offset(place), width);
  }

  /** Moves a row to another place. */
  void move(int from, int to) {
    put(to, state, offset(from), slopes[0], offset(from));
  }

  /** Says which step the row at a place tries. */
  void aim(int place, double s, double length) {
    starts[place] = s;
    steps[place] = length;
    double h = span.direction() * length;
    for (int d = offset(place); d < offset(place + 1); d++) {
      lengths[d] = h;
    }
  }

  double step(int place) {
    return steps[place];
  }

  /**
   * Tries the steps.
   *
   * @param number how many rows there are, in the first places
   */
  void attempt(int number) {
    count = number;
    int stages = rows.stages();
    double reached = 0;
    for (int i = 0; i < count; i++) {
      marks[i] = PartStepper.ALL_FINITE;
    }
    for (int stage = rows.firstStage(); stage <= stages; stage++) {
      double[] at = stage == stages ? end : work;
      rows.state(stage).step(state, lengths, slopes, at, count * width);
      mark(at, 2 * stage);
      double place = rows.place(stage);
      if (place != reached) { // the last two stages are at the same times
        for (int i = 0; i < count; i++) {
          times[i] = span.time(starts[i] + steps[i] * place);
        }
        evaluator.at(times);
        reached = place;
      }
      evaluator.derivatives(rows.weighs(stage), at, slopes[stage]);
      mark(slopes[stage], 2 * stage + 1);
    }
    errors.measure(lengths, slopes, state, end, count);
  }

  private void mark(double[] values, int mark) {
    if (Kernels.finite(values, 0, count * width)) {
      return;
    }
    for (int i = 0; i < count; i++) {
      if (marks[i] == PartStepper.ALL_FINITE && !Kernels.finite(values, offset(i), offset(i + 1))) {
        marks[i] = mark;
        components[i] = Components.notFinite(values, offset(i), offset(i + 1));
      }
    }
  }

  /** Returns whether all that the row at a place met was finite. */
  boolean isFinite(int place) {
    return marks[place] == PartStepper.ALL_FINITE;
  }

  /** Returns the first component that was not finite. */
  int component(int place) {
    return components[place];
  }

  /** Returns the evaluations that the attempt of the row at a place took. */
  int evaluations(int place) {
    // Beyond what is not finite nothing is needed. An odd mark is the derivative's, which counts.
    return isFinite(place)
        ? rows.lastStage() - rows.firstStage() + 1
        : (marks[place] + 1) / 2 - rows.firstStage();
  }

  /** Returns the norm of the error of the row at a place; infinite if a value was not finite. */
  double error(int place) {
    return isFinite(place) ? errors.norm(place, steps[place]) : Double.POSITIVE_INFINITY;
  }

  /** Returns what {@link StiffnessWatch} takes of the row at a place. */
  double stiffness(int place) {
    int last = rows.stages();
    int at = offset(place);
    // What is left in work is the state of the stage before the end.
    double apart = StiffnessWatch.distance(groups, slopes[last], slopes[last - 1], at);
    double moved = StiffnessWatch.distance(groups, end, work, at);
    return StiffnessWatch.ratio(steps[place], apart, moved);
  }

  /** Goes on to the end of the step of the row at a place. */
  void accept(int place) {
    System.arraycopy(end, offset(place), state, offset(place), width);
    System.arraycopy(slopes[rows.lastStage()], offset(place), slopes[0], offset(place), width);
  }
}
