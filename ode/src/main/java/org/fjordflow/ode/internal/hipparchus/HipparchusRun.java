package org.fjordflow.ode.internal.hipparchus;

import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolveStats;
import org.fjordflow.ode.SolveStatus;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.internal.dense.Interpolant;
import org.fjordflow.ode.internal.step.SolveStopped;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepCounter;
import org.hipparchus.exception.Localizable;
import org.hipparchus.exception.LocalizedCoreFormats;
import org.hipparchus.exception.MathIllegalArgumentException;
import org.hipparchus.exception.MathIllegalStateException;
import org.hipparchus.ode.ExpandableODE;
import org.hipparchus.ode.LocalizedODEFormats;
import org.hipparchus.ode.ODEIntegrator;
import org.hipparchus.ode.ODEState;
import org.hipparchus.ode.ODEStateAndDerivative;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.sampling.ODEStateInterpolator;
import org.hipparchus.ode.sampling.ODEStepHandler;
import org.jspecify.annotations.Nullable;

/**
 * One solve by an integrator of Hipparchus as it is: extrapolation, a multistep method, or one that
 * the user brings. Every evaluation goes through here. Those that a multistep method's starter
 * repeats or makes for interpolation alone are saved.
 *
 * <p>An integrator is left in two cases, and a new one goes on from the last accepted step. Where a
 * value is not finite, the new one begins with a shorter step, until the smallest does not help.
 * Where a step below the smallest is asked for, as extrapolation does at a jump of the field,
 * {@link #cross} makes one of the smallest length, if its error is within the tolerance.
 *
 * <p>Hipparchus' own bound of the step is not used: it would also end solves of which the last step
 * is short.
 */
final class HipparchusRun implements OrdinaryDifferentialEquation, ODEStepHandler {
  /** The part of a step that is tried after one with a value that is not finite. */
  private static final double REDUCTION = 0.2;

  /** A change of the field over the smallest step that is no smooth one, relative to the field. */
  private static final double SMALLEST_JUMP = 1e-6;

  /** What has to lie between two steps that cross jumps, in units of the smallest step. */
  private static final double BETWEEN_CROSSINGS = 1024;

  private final SolverConfig config;
  private final Span span;
  private final Evaluator evaluator;
  private final @Nullable StepListener listener;
  private final StepCounter counter = new StepCounter();
  // No step below it is made, but for the last one.
  private final double smallest;
  private Phases phases;
  private ODEIntegrator integrator;
  private double offset;
  private double reached;
  private double[] state = {};
  // Length of the step that is being tried, NaN between steps, and its evaluations so far.
  private double tried = Double.NaN;
  private long evaluationsOfStep;
  private double lastRejected;
  private boolean mayBeSmall;
  private double crossed = Double.NEGATIVE_INFINITY;
  private long rejected;

  HipparchusRun(
      SolverConfig config, Span span, Evaluator evaluator, @Nullable StepListener listener) {
    this.config = config;
    this.span = span;
    this.evaluator = evaluator;
    this.listener = listener;
    double least = span.smallestStep();
    if (config instanceof SolverConfig.ByTolerance own && own.minStep() > 0) {
      least = own.minStep();
    }
    this.smallest = Math.min(least, Integrators.largest(config, span.length()));
    this.phases = new Phases(config, span.length());
    this.integrator = phases.integrator();
  }

  Solution run(double[] initialState) {
    state = initialState.clone();
    double bound = Double.POSITIVE_INFINITY;
    double first = config instanceof SolverConfig.ByTolerance own ? own.firstStep() : 0;
    SolveStatus status = null;
    while (status == null) {
      double from = reached;
      try {
        evaluator.stopBelowPrecision(state, reached, 0);
        integrate(first);
        status = SolveStatus.success(span.end());
      } catch (SolveStopped stopped) {
        status = stopped.status();
        if (status.outcome() == Outcome.NON_FINITE && phases.canRetry()) {
          rejected++;
          // Without progress, every first step is shorter than the one before.
          bound = reached > from ? Double.POSITIVE_INFINITY : bound;
          first = REDUCTION * Math.min(Math.abs(status.step()), bound);
          bound = first;
          status = first >= smallest ? null : status;
        } else if (status.outcome() == Outcome.STEP_UNDERFLOW) {
          status = cross(status);
          first = 0;
        }
      }
    }
    long attempts = counter.accepted() + rejected;
    SolveStats stats =
        counter.stats(evaluator.evaluations(), attempts, SolveStats.Stepper.HIPPARCHUS, Double.NaN);
    return new Solution(status.time(), state, stats, status);
  }

  private void integrate(double first) {
    double remaining = span.length() - reached;
    offset = reached;
    tried = Double.NaN;
    mayBeSmall = true;
    lastRejected = 0;
    phases = new Phases(config, remaining);
    integrator = phases.integrator();
    if (first > 0) {
      phases.startWith(Math.max(first, smallest));
    }
    integrator.addStepHandler(this);
    try {
      integrator.integrate(new ExpandableODE(this), new ODEState(0, state), remaining);
    } catch (MathIllegalStateException e) {
      throw stopFor(e.getSpecifier(), e);
    } catch (MathIllegalArgumentException e) {
      throw stopFor(e.getSpecifier(), e);
    }
  }

  private RuntimeException stopFor(Localizable reason, RuntimeException cause) {
    if (reason == LocalizedODEFormats.NAN_APPEARING_DURING_INTEGRATION) {
      return stop(Outcome.NON_FINITE);
    }
    if (reason == LocalizedODEFormats.MINIMAL_STEPSIZE_REACHED_DURING_INTEGRATION) {
      return stop(Outcome.STEP_UNDERFLOW);
    }
    return reason == LocalizedCoreFormats.MAX_COUNT_EXCEEDED ? stop(Outcome.BUDGET_SPENT) : cause;
  }

  /**
   * Makes the shortest step that was rejected, or one of the smallest length, by Heun's rule, if
   * the field jumps there and the difference to Euler's rule is within the tolerance. At the end of
   * a solution that grows without bound it is not. Between two such steps the integrator has to
   * come some way.
   *
   * @return null if it made the step, else the status of the solve
   */
  private @Nullable SolveStatus cross(SolveStatus underflow) {
    double remaining = span.length() - reached;
    double h = Math.min(Math.max(smallest, lastRejected), remaining);
    boolean isNear = reached - crossed < BETWEEN_CROSSINGS * smallest;
    if ((isNear && h < remaining) || !(config instanceof SolverConfig.ByTolerance) || !(h > 0)) {
      return underflow;
    }
    try {
      double[] slope = evaluator.evaluate(reached, state, reached, h).clone();
      double[] end = new double[state.length];
      for (int i = 0; i < end.length; i++) {
        end[i] = state[i] + h * slope[i];
      }
      double[] endSlope = evaluator.evaluate(reached + h, end, reached, h);
      double[] error = new double[end.length];
      boolean jumps = false;
      for (int i = 0; i < end.length; i++) {
        double jump = endSlope[i] - slope[i];
        jumps |= Math.abs(jump) > SMALLEST_JUMP * (Math.abs(slope[i]) + Math.abs(endSlope[i]));
        error[i] = h * jump / 2;
        slope[i] = (slope[i] + endSlope[i]) / 2;
        end[i] = state[i] + h * slope[i];
      }
      if (!jumps || !(evaluator.norm(error, state, end) < 1)) {
        return underflow;
      }
      if (listener != null) {
        listener.accepted(Interpolant.linear(reached, h, state, end, slope));
      }
      counter.accept(h);
      reached = h == remaining ? span.length() : reached + h;
      state = end;
      crossed = reached;
      return h == remaining ? SolveStatus.success(span.end()) : null;
    } catch (SolveStopped stopped) {
      boolean isSpent = stopped.status().outcome() == Outcome.BUDGET_SPENT;
      return isSpent ? stopped.status() : underflow;
    }
  }

  @Override
  public int getDimension() {
    return evaluator.dimension();
  }

  @Override
  public double[] computeDerivatives(double time, double[] y) {
    return switch (phases.next()) {
      case START -> evaluator.evaluate(offset, y, offset, 0);
      case TRIAL -> evaluator.evaluate(offset + time, y, offset, time);
      case REPEATED -> evaluator.lastDerivative();
      case STARTER -> {
        tryStep(phases.starterStep());
        yield evaluator.evaluate(offset + time, y, reached, phases.starterStart() + tried);
      }
      case STEPS -> ofStep(time, y);
    };
  }

  private double[] ofStep(double time, double[] y) {
    if (phases.isFirstOfSteps()) {
      tried = Double.NaN;
      mayBeSmall = true;
    }
    double step = integrator.getCurrentSignedStepsize();
    if (config instanceof SolverConfig.Custom && !(step > 0)) {
      return evaluator.evaluate(offset + time, y, reached, 0); // before the first one is chosen
    }
    if (step != tried && tried > 0) {
      rejected++;
      lastRejected = tried;
      evaluator.stopBelowPrecision(state, reached, tried);
    }
    tryStep(step);
    evaluationsOfStep++;
    return evaluator.evaluate(offset + time, y, reached, step);
  }

  private void tryStep(double step) {
    if (step == tried) {
      return;
    }
    tried = step;
    evaluationsOfStep = 0;
    boolean isBounded = config instanceof SolverConfig.ByTolerance;
    boolean isLast = reached + step >= span.length();
    if (isBounded && step < smallest && !mayBeSmall && !isLast) {
      throw stop(Outcome.STEP_UNDERFLOW);
    }
    mayBeSmall = false;
  }

  @Override
  public void handleStep(ODEStateInterpolator interpolator) {
    phases.accepted();
    ODEStateAndDerivative end = interpolator.getCurrentState();
    if (listener != null) {
      int points = Integrators.quadraturePoints(config, evaluationsOfStep);
      listener.accepted(new Interpolant(offset, points, interpolator));
    }
    double length = end.getTime() - interpolator.getPreviousState().getTime();
    counter.accept(tried > 0 ? tried : length);
    reached = offset + end.getTime();
    state = end.getPrimaryState();
    tried = Double.NaN;
    lastRejected = 0;
    phases.goOn();
  }

  private SolveStopped stop(Outcome outcome) {
    double step = Double.isNaN(tried) ? 0 : tried;
    return new SolveStopped(evaluator.status(outcome, reached, step, evaluator.worstComponent()));
  }
}
