package org.fjordflow.ode.internal.step;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.fjordflow.ode.SolveStatus;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.internal.parts.Instants;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.jspecify.annotations.Nullable;

/**
 * All parts of one solve. It runs their tasks, adds their sums in the order of parts, counts
 * evaluations of the whole batch, keeps the budget, and says what is not finite.
 *
 * <p>Once a part met a value that is not finite, the others need not evaluate later stages; those
 * that had done so already are not counted, so that statistics do not depend on threads.
 */
public final class PartBatch {
  /** What a part does at some instants. */
  @FunctionalInterface
  private interface PartTask {
    void run(PartStepper part, Instants instants);
  }

  private final SolverConfig config;
  private final MeasuredGroups measured;
  private final @Nullable StiffnessWatch watch;
  private Span span;
  private final PartitionedOdeSystem system;
  private final StepRows rows;
  private final @Nullable StepKeeper keeper;
  private final @Nullable ErrorEstimate estimate;
  private final PartStepper[] parts;
  private final double[] sums;
  // Used again by every attempt, so that a step that is not kept makes no objects.
  private final double[] places;
  private final double[] times;
  private final PartTask attempting = this::attempt;
  private final IntConsumer running = this::run;
  private PartTask task = attempting;
  private @Nullable Instants instants;
  private int stop;
  private double attempted;
  private boolean compares;
  private final AtomicInteger lowest = new AtomicInteger();
  private long evaluations;
  // Of the last evaluation: its stage and the signed length of its step; 0 is at the start itself.
  private int lastStage = -1;
  private double lastStep;
  private @Nullable SolveStatus overflow;

  public PartBatch(
      SolverConfig config,
      Span span,
      PartitionedOdeSystem system,
      StepRows rows,
      @Nullable StepKeeper keeper) {
    this.config = config;
    this.measured = MeasuredGroups.of(config, system.dimension(), system.groups());
    this.watch = rows.evaluatesEnd() ? StiffnessWatch.of(rows.method()) : null;
    this.span = span;
    this.system = system;
    this.rows = rows;
    this.keeper = keeper;
    this.estimate = rows.evaluatesEnd() ? ErrorEstimate.of(rows.method()) : null;
    this.sums = new double[estimate == null ? 0 : measured.size() * estimate.size()];
    this.places = new double[rows.lastStage() - rows.firstStage() + 1];
    this.times = new double[places.length];
    this.parts = new PartStepper[system.parts()];
    for (int part = 0; part < parts.length; part++) {
      parts[part] = new PartStepper(system, part, rows, measured, estimate, keeper);
    }
  }

  /** Goes on over another interval, from the state reached; places count from its start. */
  public void enter(Span next) {
    span = next;
  }

  public void load(double[] initialState) {
    system.forEachPart(part -> parts[part].load(initialState));
  }

  public long evaluations() {
    return evaluations;
  }

  /** Returns the time from which on the field seemed stiff, or NaN. */
  public double stiffFrom() {
    return watch == null ? Double.NaN : watch.stiffFrom();
  }

  /** Returns why the last attempt was not finite, or null if it was. */
  public @Nullable SolveStatus overflow() {
    return overflow;
  }

  /** Evaluates at the start of the span. */
  public void start() {
    requireBudget(0, 0);
    if (keeper != null) {
      keeper.starting();
    }
    lowest.set(PartStepper.ALL_FINITE);
    run(new double[1], true, (part, instants) -> part.start(instants, lowest));
    if (keeper != null) {
      keeper.started();
    }
    int mark = lowest.get();
    evaluations += mark == 0 ? 0 : 1;
    lastStage = mark == 0 ? -1 : 0;
    if (mark != PartStepper.ALL_FINITE) {
      throw new SolveStopped(notFinite(mark, 0, 0));
    }
  }

  /** Stops the solve if the tolerance cannot be met at the state. */
  public void stopBelowPrecision(double s, double length) {
    double precision = system.precision();
    if (!measured.mayBeBelow(precision)) {
      return;
    }
    system.forEachPart(part -> parts[part].sumState());
    if (measured.isBelow(precision, sum(0))) {
      double[] state = state();
      int component = Components.worst(measured.whole(), state, state);
      String details = measured.below(precision, system.describe(component));
      throw new SolveStopped(status(Outcome.BELOW_PRECISION, s, length, component, details));
    }
  }

  /** Returns the length of the first step. */
  public double firstStep(StepControl control) {
    if (control.first() > 0) {
      return control.first();
    }
    StartSizes sizes = new StartSizes(sum(0), sum(1), sum(2), measured.components());
    boolean integrals = sizes.needIntegrals();
    double trial = sizes.trial(control);
    requireBudget(0, 0);
    lowest.set(PartStepper.ALL_FINITE);
    double h = span.direction() * trial;
    run(
        new double[] {trial},
        false,
        (part, instants) -> part.trial(instants, h, integrals, lowest));
    int mark = lowest.get();
    evaluations += mark == 2 ? 0 : 1;
    if (mark != PartStepper.ALL_FINITE) {
      system.forEachPart(
          part -> parts[part].failTrial(span.direction() * StartSizes.ENORMOUS, integrals));
    }
    return sizes.firstStep(control, trial, sum(0));
  }

  /**
   * Tries a step.
   *
   * @return the norm of its error, infinite if a stage was not finite; 0 without an estimate
   */
  public double attempt(double s, double length) {
    int first = rows.firstStage();
    int last = rows.lastStage();
    requireBudget(s, length);
    stop = (int) Math.min(last, config.maxEvaluations() - evaluations + first - 1);
    lowest.set(PartStepper.ALL_FINITE);
    overflow = null;
    attempted = span.direction() * length;
    compares = watch != null && watch.looks();
    if (keeper != null && keeper.prepare()) {
      run(rows.places(first, last, s, length), true, attempting);
    } else {
      rows.places(first, s, length, places);
      for (int i = 0; i < places.length; i++) {
        times[i] = span.time(places[i]);
      }
      try (Instants stages = system.at(times, false)) {
        runParts(attempting, stages);
      }
    }
    int mark = lowest.get();
    lastStep = attempted;
    if (mark != PartStepper.ALL_FINITE) {
      // An odd mark is the derivative's, and that evaluation counts.
      lastStage = Math.min(last, (mark + 1) / 2 - 1);
      evaluations += lastStage - first + 1;
      overflow = notFinite(mark, s, length);
      return Double.POSITIVE_INFINITY;
    }
    lastStage = stop;
    evaluations += stop - first + 1;
    if (stop < last) {
      throw new SolveStopped(status(Outcome.BUDGET_SPENT, s, length, worstComponent()));
    }
    if (estimate == null) {
      return 0;
    }
    for (int i = 0; i < sums.length; i++) {
      double sum = 0;
      for (PartStepper part : parts) {
        sum = measured.join(sum, part.sum(i));
      }
      sums[i] = sum;
    }
    return measured.norm(estimate, sums, length);
  }

  /** Lets go of what was tried. */
  public void reject() {
    if (keeper != null) {
      keeper.reject();
    }
  }

  /** Goes on to the end of what was tried. */
  public void accept(double s, double length) {
    if (watch != null) {
      double slopes = 0;
      double states = 0;
      for (PartStepper part : parts) {
        slopes += part.slopesDistance();
        states += part.statesDistance();
      }
      watch.accept(span.time(s), StiffnessWatch.ratio(length, slopes, states));
    }
    boolean keepsStart = false;
    if (keeper != null) {
      keepsStart = keeper.accept(this, s, length);
    }
    for (PartStepper part : parts) {
      part.accept(keepsStart);
    }
    lastStage = rows.evaluatesEnd() ? 0 : lastStage;
    lastStep = 0;
  }

  /**
   * Evaluates the whole once more, beside the stages of the last attempt.
   *
   * @param place where, from 0 to the length of the span
   * @param state the state there. Not modified
   * @param s start of the step that it is for
   * @param length its length
   * @return f(t, y); the caller's own array
   */
  public double[] evaluate(double place, double[] state, double s, double length) {
    requireBudget(s, length);
    double[] slope = new double[state.length];
    system.derivatives(span.time(place), state, slope);
    evaluations++;
    int component = Components.notFinite(slope);
    if (component >= 0) {
      throw new SolveStopped(status(Outcome.NON_FINITE, s, length, component));
    }
    return slope;
  }

  /** Returns the state at the end of the last accepted step by part: the parts' own arrays. */
  public double[][] startStates() {
    double[][] states = new double[parts.length][];
    for (int part = 0; part < parts.length; part++) {
      states[part] = parts[part].state();
    }
    return states;
  }

  /** Returns the state at the end of the last accepted step. */
  public double[] state() {
    double[] whole = new double[system.dimension()];
    for (PartStepper part : parts) {
      part.scatterState(0, 0, whole);
    }
    return whole;
  }

  /** Returns the state at the end of the last attempt. */
  public double[] end() {
    double[] whole = new double[system.dimension()];
    for (PartStepper part : parts) {
      part.scatterEnd(whole);
    }
    return whole;
  }

  /** Returns the derivative at a stage of the last attempt. */
  public double[] slope(int stage) {
    double[] whole = new double[system.dimension()];
    for (PartStepper part : parts) {
      part.scatterSlope(stage, whole);
    }
    return whole;
  }

  /** Returns the derivative at the end of the last attempt, or null if the method has none. */
  public double @Nullable [] endSlope() {
    return rows.evaluatesEnd() ? slope(rows.lastStage()) : null;
  }

  public double time(double s) {
    return span.time(s);
  }

  public SolveStatus status(Outcome outcome, double s, double length, int component) {
    return status(outcome, s, length, component, system.describe(component));
  }

  private SolveStatus status(
      Outcome outcome, double s, double length, int component, String details) {
    return new SolveStatus(outcome, span.time(s), span.direction() * length, component, details);
  }

  /** Returns the component whose last derivative is largest in units of its tolerance. */
  public int worstComponent() {
    if (lastStage < 0) {
      return -1;
    }
    double[] slope = new double[system.dimension()];
    double[] state = new double[system.dimension()];
    for (PartStepper part : parts) {
      part.scatterState(lastStep == 0 ? 0 : lastStage, lastStep, state);
      part.scatterSlope(lastStage, slope);
    }
    return Components.worst(measured.whole(), state, slope);
  }

  private void run(double[] places, boolean mayKeep, PartTask task) {
    boolean keeps = mayKeep && keeper != null && keeper.isKeeping();
    StageInstants stages = new StageInstants(system, span, places, keeps);
    if (keeps && keeper != null) {
      keeper.begin(stages);
      runParts(task, stages.instants());
      keeper.settle();
    } else {
      try (stages) {
        runParts(task, stages.instants());
      }
    }
  }

  private void runParts(PartTask task, Instants instants) {
    this.task = task;
    this.instants = instants;
    system.forEachPart(running);
    this.instants = null;
  }

  private void run(int part) {
    task.run(parts[part], Objects.requireNonNull(instants));
  }

  private void attempt(PartStepper part, Instants instants) {
    part.attempt(instants, stop, attempted, compares, lowest);
  }

  private double sum(int index) {
    double sum = 0;
    for (PartStepper part : parts) {
      sum += part.sum(index);
    }
    return sum;
  }

  private void requireBudget(double s, double length) {
    if (evaluations >= config.maxEvaluations()) {
      throw new SolveStopped(status(Outcome.BUDGET_SPENT, s, length, worstComponent()));
    }
  }

  private SolveStatus notFinite(int mark, double s, double length) {
    double[] whole = new double[system.dimension()];
    for (PartStepper part : parts) {
      if (mark % 2 == 0) {
        part.scatterState(mark / 2, span.direction() * length, whole);
      } else {
        part.scatterSlope(mark / 2, whole);
      }
    }
    return status(Outcome.NON_FINITE, s, length, Components.notFinite(whole));
  }
}
