package org.fjordflow.ode.internal.step;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.ode.Event;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolveStats;
import org.fjordflow.ode.SolveStatus;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.Trajectory;
import org.fjordflow.ode.internal.event.EventSearch;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.jspecify.annotations.Nullable;

/**
 * One solve by a Runge-Kutta method: chooses the length of each step, has {@link PartBatch} try it,
 * and accepts or rejects it. Steps are those that Hipparchus' integrator of the same method takes
 * from the same first step. With one part they are equal to the bit; with several the sums over
 * components differ by rounding. A step ends at each output time of its route.
 *
 * <p>A step with a stage that is not finite is rejected and shortened as far as one rejection may:
 * a step that was too long often leads to overflow, and a shorter one not. Hipparchus would end the
 * solve there.
 */
public final class RungeKuttaRun {
  private final SolverConfig config;
  private final Route route;
  private final @Nullable StepKeeper keeper;
  private final @Nullable EventSearch events;
  private final PartBatch batch;
  private final StepCounter counter = new StepCounter();
  private long attempts;
  // The segment that is being solved, and how far it is.
  private Span span;
  private final StepProgress progress = new StepProgress();
  // The length of step that was found to do, 0 at the beginning.
  private double wanted;
  private boolean started;

  /**
   * Prepares a solve.
   *
   * @param keeper takes the accepted steps, or null
   * @param events looks for events, or null
   */
  private RungeKuttaRun(
      SolverConfig config,
      Route route,
      PartitionedOdeSystem system,
      StepRows rows,
      @Nullable StepKeeper keeper,
      @Nullable EventSearch events) {
    this.config = config;
    this.route = route;
    this.keeper = keeper;
    this.events = events;
    this.span = route.segment(0);
    this.batch = new PartBatch(config, span, system, rows, keeper);
  }

  /**
   * Solves through output times, or until an event stops the solve.
   *
   * @param system the differential equation; one that has no parts is a single part
   * @param route from the start through the output times
   * @param initialState state at the start. Not modified
   * @param keeper takes the accepted steps, or null
   * @param events looks for events, or null
   */
  public static Trajectory solve(
      SolverConfig config,
      OdeSystem system,
      Route route,
      double[] initialState,
      @Nullable StepKeeper keeper,
      @Nullable EventSearch events) {
    Solution nothing = route.whole().solutionWithoutSteps(system.dimension(), initialState);
    if (nothing == null) {
      StepRows rows = StepRows.of(config);
      PartitionedOdeSystem parts = SinglePart.of(system);
      return new RungeKuttaRun(config, route, parts, rows, keeper, events).run(initialState);
    }
    double[][] states = new double[route.size()][];
    for (int i = 0; i < states.length; i++) {
      states[i] = nothing.state().clone();
    }
    return new Trajectory(route.times(), states, nothing);
  }

  private Trajectory run(double[] initialState) {
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
        counter.stats(batch.evaluations(), attempts, SolveStats.Stepper.PARTS, batch.stiffFrom());
    double[] last = states.size() == route.size() ? states.get(states.size() - 1) : batch.state();
    Solution end = new Solution(status.time(), last, stats, status);
    return new Trajectory(route.times(), states.toArray(double[][]::new), end);
  }

  private void solve(int segment) {
    span = route.segment(segment);
    progress.moveTo(0);
    batch.enter(span);
    if (span.length() == 0) {
      // The derivative that is there depends on the time before this one.
      started = false;
    } else if (config instanceof SolverConfig.Fixed fixed) {
      solveInEqualSteps(route.equalSteps(segment, fixed.steps()));
    } else {
      solveAdaptively((SolverConfig.Adaptive) config);
    }
    if (keeper != null) {
      keeper.endSegment();
    }
  }

  private void solveAdaptively(SolverConfig.Adaptive adaptive) {
    StepControl control = StepControl.shared(adaptive, span);
    if (!started) {
      batch.stopBelowPrecision(0, 0);
      batch.start();
      started = true;
    }
    if (wanted == 0) {
      wanted = batch.firstStep(control);
    }
    progress.begin(control, wanted);
    while (true) {
      double step = progress.step(control);
      double error = attempt(step);
      if (!(error < 1)) {
        if (Double.isNaN(error) || Double.isNaN(step)) {
          throw stop(Outcome.NON_FINITE, step);
        }
        batch.reject();
        batch.stopBelowPrecision(progress.reached(), step);
        if (!progress.shorten(control, step, error)) {
          SolveStatus overflow = batch.overflow();
          throw overflow == null ? stop(Outcome.STEP_UNDERFLOW, step) : new SolveStopped(overflow);
        }
        wanted = progress.next();
        continue;
      }
      wanted = StepControl.carry(adaptive.method(), wanted, step, error);
      progress.moveTo(progress.reached() + accept(progress.reached(), step));
      stopAtEvent();
      if (control.isEnd(progress.reached())) {
        return;
      }
      if (!progress.follow(control, step, error)) {
        batch.stopBelowPrecision(progress.reached(), step);
        throw stop(Outcome.STEP_UNDERFLOW, step);
      }
    }
  }

  private void solveInEqualSteps(int steps) {
    for (int n = 0; n < steps; n++) {
      double end = gridPoint(n + 1, steps);
      progress.moveTo(gridPoint(n, steps));
      while (progress.reached() < end) {
        double reached = progress.reached();
        double step = end - reached;
        batch.attempt(reached, step);
        SolveStatus overflow = batch.overflow();
        if (overflow != null) {
          throw new SolveStopped(overflow);
        }
        attempts++;
        double length = accept(reached, step);
        progress.moveTo(length == step ? end : reached + length);
        stopAtEvent();
      }
    }
  }

  private double attempt(double step) {
    double error = batch.attempt(progress.reached(), step);
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
    batch.accept(s, length);
    counter.accept(length);
    return length;
  }

  private void stopAtEvent() {
    @Nullable Event event = events == null ? null : events.stoppedBy();
    if (event != null) {
      throw new SolveStopped(SolveStatus.stopped(event, span.time(progress.reached())));
    }
  }

  private double gridPoint(int n, int steps) {
    return n == steps ? span.length() : span.length() * n / steps;
  }

  private SolveStopped stop(Outcome outcome, double step) {
    return new SolveStopped(
        batch.status(outcome, progress.reached(), step, batch.worstComponent()));
  }
}
