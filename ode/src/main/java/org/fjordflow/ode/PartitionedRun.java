package org.fjordflow.ode;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * One solve part by part, with the steps that Hipparchus' integrator of the same method takes; its
 * sums over components are taken part by part, which agrees to rounding. A step ends at each output
 * time of its route.
 *
 * <p>A step with a stage that is not finite is rejected and shortened as far as one rejection may,
 * as in {@link AdaptiveRun}. The two differ in what follows such a stage alone: here it makes no
 * difference how large the tolerance is, nor whether it is the stage at the end.
 */
final class PartitionedRun {
  /** Stands for a derivative that is not finite in the choice of the first step. */
  private static final double ENORMOUS = 1e100;

  private final SolverConfig config;
  private final Route route;
  private final @Nullable KeptSteps kept;
  private final @Nullable EventSearch events;
  private final PartBatch batch;
  private final StepCounter counter = new StepCounter();
  private long attempts;
  // The segment that is being solved, and how far it is.
  private Span span;
  private double reached;
  // The length of step that was found to do, 0 at the beginning.
  private double wanted;
  private boolean started;

  /**
   * Prepares a solve.
   *
   * @param kept takes the accepted steps, or null
   * @param events looks for events, or null
   */
  PartitionedRun(
      SolverConfig config,
      Route route,
      PartitionedOdeSystem system,
      StepRows rows,
      @Nullable KeptSteps kept,
      @Nullable EventSearch events) {
    this.config = config;
    this.route = route;
    this.kept = kept;
    this.events = events;
    this.span = route.segment(0);
    this.batch = new PartBatch(config, span, system, rows, kept);
  }

  Trajectory run(double[] initialState) {
    batch.load(initialState);
    if (events != null) {
      events.start(span.start(), initialState);
    }
    List<double[]> states = new ArrayList<>();
    SolveStatus status;
    try {
      for (int segment = 0; segment < route.size(); segment++) {
        solve(segment);
        states.add(batch.state());
      }
      status = SolveStatus.success(span.end());
    } catch (SolveStopped stopped) {
      status = stopped.status();
    }
    SolveStats stats =
        counter.stats(batch.evaluations(), attempts, Stepper.PARTS, batch.stiffFrom());
    double[] last = states.size() == route.size() ? states.get(states.size() - 1) : batch.state();
    Solution end = new Solution(status.time(), last, stats, status);
    return new Trajectory(route.times(), states.toArray(double[][]::new), end);
  }

  private void solve(int segment) {
    span = route.segment(segment);
    reached = 0;
    batch.enter(span);
    if (span.length() == 0) {
      // The derivative that is there depends on the time before this one.
      started = false;
    } else if (config instanceof SolverConfig.Fixed fixed) {
      solveInEqualSteps(route.equalSteps(segment, fixed.steps()));
    } else {
      solveAdaptively((SolverConfig.Adaptive) config);
    }
    if (kept != null) {
      kept.endSegment();
    }
  }

  private void solveAdaptively(SolverConfig.Adaptive adaptive) {
    StepControl control = new StepControl(adaptive, span);
    if (!started) {
      batch.stopBelowPrecision(0, 0);
      batch.start();
      started = true;
    }
    if (wanted == 0) {
      wanted = batch.firstStep(control, ENORMOUS);
    }
    double next = control.bounded(wanted);
    while (true) {
      double step = control.clip(reached, next);
      double error = attempt(step);
      while (!(error < 1)) {
        if (Double.isNaN(error) || Double.isNaN(step)) {
          throw stop(Outcome.NON_FINITE, step);
        }
        batch.reject();
        batch.stopBelowPrecision(reached, step);
        next = control.shorter(step, error);
        if (next == 0) {
          SolveStatus overflow = batch.overflow();
          throw overflow == null ? stop(Outcome.STEP_UNDERFLOW, step) : new SolveStopped(overflow);
        }
        wanted = next;
        step = control.clip(reached, next);
        error = attempt(step);
      }
      wanted = StepControl.carry(adaptive.method(), wanted, step, error);
      double length = accept(reached, step);
      reached += length;
      stopAtEvent();
      if (control.isEnd(reached)) {
        return;
      }
      next = control.next(reached, step, error);
      if (next == 0) {
        batch.stopBelowPrecision(reached, step);
        throw stop(Outcome.STEP_UNDERFLOW, step);
      }
    }
  }

  private void solveInEqualSteps(int steps) {
    for (int n = 0; n < steps; n++) {
      double end = gridPoint(n + 1, steps);
      reached = gridPoint(n, steps);
      while (reached < end) {
        double step = end - reached;
        batch.attempt(reached, step);
        SolveStatus overflow = batch.overflow();
        if (overflow != null) {
          throw new SolveStopped(overflow);
        }
        attempts++;
        double length = accept(reached, step);
        reached = length == step ? end : reached + length;
        stopAtEvent();
      }
    }
  }

  private double attempt(double step) {
    double error = batch.attempt(reached, step);
    attempts++;
    return error;
  }

  /**
   * Accepts a step, or as much of it as there is before an event.
   *
   * @return the length of what was accepted
   */
  private double accept(double s, double step) {
    double length = events == null ? step : events.search(new RetakenStep(batch, s, step));
    counter.accept(length);
    batch.accept(s, length);
    return length;
  }

  private void stopAtEvent() {
    @Nullable Event event = events == null ? null : events.stoppedBy();
    if (event != null) {
      throw new SolveStopped(SolveStatus.stopped(event, span.time(reached)));
    }
  }

  private double gridPoint(int n, int steps) {
    return n == steps ? span.length() : span.length() * n / steps;
  }

  private SolveStopped stop(Outcome outcome, double step) {
    return new SolveStopped(batch.status(outcome, reached, step, batch.worstComponent()));
  }
}
