package org.fjordflow.ode;

import org.fjordflow.ode.SolveStatus.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * One solve part by part, with the steps that Hipparchus' integrator of the same method takes; its
 * sums over components are taken part by part, which agrees to rounding.
 *
 * <p>A step with a stage that is not finite is rejected and shortened as far as one rejection may,
 * as in {@link AdaptiveRun}. The two differ in what follows such a stage alone: here it makes no
 * difference how large the tolerance is, nor whether it is the stage at the end.
 */
final class PartitionedRun {
  /** Stands for a derivative that is not finite in the choice of the first step. */
  private static final double ENORMOUS = 1e100;

  private final SolverConfig config;
  private final Span span;
  private final PartBatch batch;
  private final StepCounter counter = new StepCounter();
  private long attempts;
  private double reached;

  /**
   * Prepares a solve.
   *
   * @param kept takes the accepted steps, or null
   */
  PartitionedRun(
      SolverConfig config,
      Span span,
      PartitionedOdeSystem system,
      StepRows rows,
      @Nullable KeptSteps kept) {
    this.config = config;
    this.span = span;
    this.batch = new PartBatch(config, span, system, rows, kept);
  }

  Solution run(double[] initialState) {
    batch.load(initialState);
    SolveStatus status;
    try {
      if (config.method().isAdaptive()) {
        solveAdaptively();
      } else {
        solveInEqualSteps();
      }
      status = batch.status(Outcome.SUCCESS, span.length(), 0, -1);
    } catch (SolveStopped stopped) {
      status = stopped.status();
    }
    SolveStats stats = counter.stats(batch.evaluations(), attempts);
    return new Solution(status.time(), batch.state(), stats, status);
  }

  private void solveAdaptively() {
    StepControl control = new StepControl(config, span);
    batch.start();
    double next = batch.firstStep(control, ENORMOUS);
    while (true) {
      double step = control.clip(reached, next);
      double error = attempt(step);
      while (!(error < 1)) {
        if (Double.isNaN(error) || Double.isNaN(step)) {
          throw stop(Outcome.NON_FINITE, step);
        }
        batch.reject();
        next = control.shorter(step, error);
        if (next == 0) {
          SolveStatus overflow = batch.overflow();
          throw overflow == null ? stop(Outcome.STEP_UNDERFLOW, step) : new SolveStopped(overflow);
        }
        step = control.clip(reached, next);
        error = attempt(step);
      }
      accept(reached, step);
      reached += step;
      if (control.isEnd(reached)) {
        return;
      }
      next = control.next(reached, step, error);
      if (next == 0) {
        throw stop(Outcome.STEP_UNDERFLOW, step);
      }
    }
  }

  private void solveInEqualSteps() {
    for (int n = 0; n < config.fixedSteps(); n++) {
      double start = gridPoint(n);
      double step = gridPoint(n + 1) - start;
      batch.attempt(start, step);
      SolveStatus overflow = batch.overflow();
      if (overflow != null) {
        throw new SolveStopped(overflow);
      }
      attempts++;
      accept(start, step);
    }
  }

  private double attempt(double step) {
    double error = batch.attempt(reached, step);
    attempts++;
    return error;
  }

  private void accept(double s, double step) {
    counter.accept(step);
    batch.accept(s, step);
  }

  private double gridPoint(int n) {
    return n == config.fixedSteps() ? span.length() : span.length() * n / config.fixedSteps();
  }

  private SolveStopped stop(Outcome outcome, double step) {
    return new SolveStopped(batch.status(outcome, reached, step, batch.worstComponent()));
  }
}
