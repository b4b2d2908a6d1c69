package org.fjordflow.ode;

import org.fjordflow.ode.SolveStatus.Outcome;
import org.hipparchus.exception.MathIllegalStateException;
import org.hipparchus.ode.ExpandableODE;
import org.hipparchus.ode.LocalizedODEFormats;
import org.hipparchus.ode.MultistepIntegrator;
import org.hipparchus.ode.ODEState;
import org.hipparchus.ode.ODEStateAndDerivative;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.nonstiff.AdamsBashforthIntegrator;
import org.hipparchus.ode.nonstiff.AdamsMoultonIntegrator;
import org.hipparchus.ode.nonstiff.AdaptiveStepsizeIntegrator;
import org.hipparchus.ode.nonstiff.DormandPrince853Integrator;
import org.hipparchus.ode.nonstiff.GraggBulirschStoerIntegrator;
import org.hipparchus.ode.sampling.ODEStateInterpolator;
import org.hipparchus.ode.sampling.ODEStepHandler;
import org.jspecify.annotations.Nullable;

/**
 * One solve by extrapolation or a multistep method. Every evaluation goes through here, those of a
 * multistep method's starter included; the evaluations that the starter repeats or makes for
 * interpolation alone are saved.
 *
 * <p>Where a value is not finite, the integrator is left, and a new one goes on from the last
 * accepted step with a shorter first step, until the smallest step does not help. Hipparchus' own
 * bound of the step is not used: it would also end solves of which the last step is short.
 */
final class InterpolatingRun implements OrdinaryDifferentialEquation, ODEStepHandler {
  /** What the next evaluation is for. */
  private enum Phase {
    START,
    STARTER_START,
    TRIAL,
    STARTER,
    STEPS,
    ACCEPTED
  }

  /** The part of a step that is tried after one with a value that is not finite. */
  private static final double REDUCTION = 0.2;

  private static final Tableau STARTER = SolverMethod.DORMAND_PRINCE_853.tableau();

  private final SolverConfig.ByTolerance config;
  private final Span span;
  private final Evaluator evaluator;
  private final @Nullable StepListener listener;
  private final StepCounter counter = new StepCounter();
  private final double smallest;
  private AdaptiveStepsizeIntegrator integrator;
  private @Nullable DormandPrince853Integrator starter;
  private Phase phase = Phase.START;
  private double offset;
  private double reached;
  private double[] state = {};
  private boolean estimatesFirstStep;
  private int starterStage;
  // Length of the step that is being tried, NaN between steps, and its evaluations so far.
  private double tried = Double.NaN;
  private long evaluationsOfStep;
  private boolean mayBeSmall;
  private long rejected;

  InterpolatingRun(
      SolverConfig.ByTolerance config,
      Span span,
      Evaluator evaluator,
      @Nullable StepListener listener) {
    this.config = config;
    this.span = span;
    this.evaluator = evaluator;
    this.listener = listener;
    double least = config.minStep() > 0 ? config.minStep() : span.smallestStep();
    this.smallest = Math.min(least, largest(span.length()));
    this.integrator = create(largest(span.length()));
  }

  Solution run(double[] initialState) {
    state = initialState.clone();
    double bound = Double.POSITIVE_INFINITY;
    double first = config.firstStep();
    SolveStatus status = null;
    while (status == null) {
      double from = reached;
      try {
        evaluator.stopBelowPrecision(state, reached, 0);
        integrate(first);
        status = SolveStatus.success(span.end());
      } catch (SolveStopped stopped) {
        SolveStatus cause = stopped.status();
        boolean canRetry = phase != Phase.START && phase != Phase.ACCEPTED;
        if (cause.outcome() != Outcome.NON_FINITE || !canRetry) {
          status = cause;
          break;
        }
        rejected++;
        // Without progress, every first step is shorter than the one before.
        bound = reached > from ? Double.POSITIVE_INFINITY : bound;
        first = REDUCTION * Math.min(Math.abs(cause.step()), bound);
        bound = first;
        if (!(first >= smallest)) {
          status = cause;
        }
      }
    }
    long attempts = counter.accepted() + rejected;
    SolveStats stats =
        counter.stats(evaluator.evaluations(), attempts, Stepper.HIPPARCHUS, Double.NaN);
    return new Solution(status.time(), state, stats, status);
  }

  private void integrate(double first) {
    double remaining = span.length() - reached;
    double largest = largest(remaining);
    offset = reached;
    phase = Phase.START;
    tried = Double.NaN;
    mayBeSmall = true;
    starter = null;
    integrator = create(largest);
    if (integrator instanceof MultistepIntegrator multistep) {
      // Half of the previous points, for each has a state and a derivative; and room for them.
      int steps = (config.order() + 3) / 2 - 1;
      starter =
          new DormandPrince853Integrator(
              0, Math.min(largest, remaining / (steps + 1)), config.atol(), config.rtol());
      multistep.setStarterIntegrator(starter);
      starterStage = 0;
    }
    estimatesFirstStep = first == 0;
    if (!estimatesFirstStep) {
      AdaptiveStepsizeIntegrator starting = starter == null ? integrator : starter;
      starting.setInitialStepSize(Math.min(Math.max(first, smallest), starting.getMaxStep()));
    }
    integrator.addStepHandler(this);
    try {
      integrator.integrate(new ExpandableODE(this), new ODEState(0, state), remaining);
    } catch (MathIllegalStateException e) {
      if (e.getSpecifier() != LocalizedODEFormats.NAN_APPEARING_DURING_INTEGRATION) {
        throw e;
      }
      throw stop(Outcome.NON_FINITE);
    }
  }

  @Override
  public int getDimension() {
    return evaluator.dimension();
  }

  @Override
  public double[] computeDerivatives(double time, double[] y) {
    double[] slope;
    switch (phase) {
      case START -> {
        slope = evaluator.evaluate(0, offset, y, offset, 0);
        phase = starter == null ? afterStart() : Phase.STARTER_START;
      }
      case STARTER_START -> {
        slope = evaluator.lastDerivative();
        phase = afterStart();
      }
      case TRIAL -> {
        slope = evaluator.evaluate(StageField.TRIAL, offset + time, y, offset, time);
        phase = firstSteps();
      }
      default -> slope = ofStep(time, y);
    }
    return slope;
  }

  /**
   * Returns what follows the evaluation at the start; the length of the first step may be given.
   */
  private Phase afterStart() {
    return estimatesFirstStep ? Phase.TRIAL : firstSteps();
  }

  private Phase firstSteps() {
    return starter == null ? Phase.STEPS : Phase.STARTER;
  }

  private double[] ofStep(double time, double[] y) {
    // A multistep integrator has no length of a step before its starter is done.
    if (phase == Phase.STARTER && starter != null && integrator.getCurrentSignedStepsize() == 0) {
      starterStage = starterStage == STARTER.stages() - 1 ? 1 : starterStage + 1;
      if (starterStage > STARTER.solutionStages()) {
        return evaluator.lastDerivative();
      }
      tryStep(starter.getCurrentSignedStepsize());
      double start = starter.getStepStart().getTime();
      return evaluator.evaluate(0, offset + time, y, reached, start + tried);
    }
    if (phase != Phase.STEPS) {
      phase = Phase.STEPS;
      tried = Double.NaN;
      mayBeSmall = true;
    }
    double step = integrator.getCurrentSignedStepsize();
    if (step != tried && tried > 0) {
      rejected++;
      evaluator.stopBelowPrecision(state, reached, tried);
    }
    tryStep(step);
    evaluationsOfStep++;
    return evaluator.evaluate(0, offset + time, y, reached, step);
  }

  private void tryStep(double step) {
    if (step == tried) {
      return;
    }
    tried = step;
    evaluationsOfStep = 0;
    boolean isLast = reached + step >= span.length();
    if (step < smallest && !mayBeSmall && !isLast) {
      throw stop(Outcome.STEP_UNDERFLOW);
    }
    mayBeSmall = false;
  }

  @Override
  public void handleStep(ODEStateInterpolator interpolator) {
    phase = Phase.ACCEPTED;
    ODEStateAndDerivative end = interpolator.getCurrentState();
    if (listener != null) {
      listener.interpolated(new Interpolant(offset, quadraturePoints(), interpolator));
      listener.accepted(reached, tried, state);
    }
    counter.accept(tried);
    reached = offset + end.getTime();
    state = end.getPrimaryState();
    tried = Double.NaN;
    phase = Phase.STEPS;
  }

  private int quadraturePoints() {
    if (config.method().isMultistep()) {
      return (config.order() + 1) / 2;
    }
    // k columns of extrapolation cost 2 + 6 + 10 + ... = 2 k^2 evaluations, then one at the end,
    // and
    // have order 2 k. With k points the quadrature was the largest error by far, with k + 2 it was
    // not seen.
    return 2 + (int) Math.round(Math.sqrt((evaluationsOfStep - 1) / 2.0));
  }

  private SolveStopped stop(Outcome outcome) {
    return new SolveStopped(evaluator.status(outcome, reached, tried, evaluator.worstComponent()));
  }

  private double largest(double remaining) {
    return config.maxStep() > 0 ? Math.min(config.maxStep(), remaining) : remaining;
  }

  private AdaptiveStepsizeIntegrator create(double largest) {
    double rtol = config.rtol();
    double atol = config.atol();
    int steps = config.order();
    return switch (config.method()) {
      case ADAMS_BASHFORTH -> new AdamsBashforthIntegrator(steps, 0, largest, atol, rtol);
      case ADAMS_MOULTON -> new AdamsMoultonIntegrator(steps, 0, largest, atol, rtol);
      default -> new GraggBulirschStoerIntegrator(0, largest, atol, rtol);
    };
  }
}
