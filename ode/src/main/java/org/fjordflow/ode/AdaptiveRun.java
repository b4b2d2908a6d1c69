package org.fjordflow.ode;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.hipparchus.exception.MathIllegalArgumentException;
import org.hipparchus.exception.MathIllegalStateException;
import org.hipparchus.ode.ExpandableODE;
import org.hipparchus.ode.LocalizedODEFormats;
import org.hipparchus.ode.ODEState;
import org.hipparchus.ode.ODEStateAndDerivative;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.nonstiff.DormandPrince54Integrator;
import org.hipparchus.ode.nonstiff.DormandPrince853Integrator;
import org.hipparchus.ode.nonstiff.EmbeddedRungeKuttaIntegrator;
import org.hipparchus.ode.nonstiff.HighamHall54Integrator;
import org.hipparchus.ode.sampling.ODEStateInterpolator;
import org.hipparchus.ode.sampling.ODEStepHandler;
import org.jspecify.annotations.Nullable;

/**
 * One solve with a Hipparchus integrator of adaptive steps. It follows which stage each call of
 * Hipparchus is for, which gives exact statistics and saves evaluations that change no step: the
 * three of Dormand-Prince 8(5,3) that serve interpolation alone, and the one that Higham-Hall 5(4)
 * repeats at the end of a step, where its last stage was already.
 *
 * <p>A step with a stage that is not finite is rejected like one with a large error (Hipparchus
 * would end the solve at NaN): a step that was too long often leads to overflow, and a shorter one
 * not. Its other stages are not evaluated. The solve ends where the smallest step does not help.
 */
final class AdaptiveRun implements OrdinaryDifferentialEquation, ODEStepHandler {
  private static final int BEFORE_INITIAL = -2;
  private static final int BEFORE_TRIAL = -1;

  /** A slope that makes any step fail the error test, with a square that does not overflow. */
  private static final double ENORMOUS = 1e100;

  private final SolverConfig.Adaptive config;
  private final Span span;
  private final Evaluator evaluator;
  private final int dimension;
  private final @Nullable StepListener listener;
  private final EmbeddedRungeKuttaIntegrator integrator;
  private final StepCounter counter = new StepCounter();
  private final AttemptCheck check;
  private final boolean estimatesFirstStep;
  private final int lastStage;
  private final int lastNeededStage;
  private final int lastErrorStage;
  private int position = BEFORE_INITIAL;
  private double lastStageAt = Double.NaN;
  private long attempts;
  private @Nullable SolveStatus overflow;

  AdaptiveRun(
      SolverConfig.Adaptive config,
      Span span,
      Evaluator evaluator,
      @Nullable StepListener listener) {
    this.config = config;
    this.span = span;
    this.evaluator = evaluator;
    this.dimension = evaluator.dimension();
    this.listener = listener;
    double largest = config.maxStep() > 0 ? config.maxStep() : span.length();
    largest = Math.min(largest, span.length());
    double smallest = config.minStep() > 0 ? config.minStep() : span.smallestStep();
    smallest = Math.min(smallest, largest);
    this.check = new AttemptCheck(config, evaluator.measured(), evaluator.groups());
    this.integrator = create(smallest, largest);
    this.estimatesFirstStep = config.firstStep() == 0;
    integrator.addStepHandler(this);
    Tableau tableau = config.method().tableau();
    this.lastStage = tableau.stages() - 1;
    this.lastNeededStage = tableau.solutionStages();
    // The error estimate of Dormand-Prince 8(5,3) leaves the end of the step out.
    boolean usesEnd = config.method() != SolverMethod.DORMAND_PRINCE_853;
    this.lastErrorStage = usesEnd ? lastNeededStage : lastNeededStage - 1;
  }

  @Override
  public int getDimension() {
    return dimension;
  }

  @Override
  public double[] computeDerivatives(double s, double[] y) {
    if (position == lastStage && s == lastStageAt) {
      // Higham-Hall's evaluation at the end of an accepted step. A retry's is never there: it
      // starts with an inner stage of a shorter step.
      return evaluator.lastDerivative();
    }
    int stage;
    if (position == BEFORE_INITIAL) {
      position = estimatesFirstStep ? BEFORE_TRIAL : 0;
      stage = 0;
    } else if (position == BEFORE_TRIAL) {
      position = 0;
      stage = StageField.TRIAL;
    } else {
      position = position == lastStage ? 1 : position + 1;
      stage = position;
    }
    if (stage > lastNeededStage) {
      return evaluator.lastDerivative();
    }
    if (stage == lastNeededStage) {
      attempts++;
      lastStageAt = s;
    }
    return derivative(stage, s, y);
  }

  private double[] derivative(int stage, double s, double[] y) {
    if (stage <= 1) {
      overflow = null;
    }
    if (overflow == null) {
      double step = stage <= 0 ? 0 : integrator.getCurrentSignedStepsize();
      try {
        return evaluator.evaluate(stage, s, y, reached(), step);
      } catch (SolveStopped stopped) {
        boolean canRetry = stage != 0 && stage <= lastErrorStage;
        if (!canRetry || stopped.status().outcome() != Outcome.NON_FINITE) {
          throw stopped;
        }
        overflow = stopped.status();
      }
    }
    boolean felt = stage == lastErrorStage || stage == StageField.TRIAL;
    double[] slope = evaluator.lastDerivative();
    Arrays.fill(slope, felt ? ENORMOUS : 0);
    return slope;
  }

  @Override
  public void handleStep(ODEStateInterpolator interpolator) {
    if (overflow != null) { // accepted by a tolerance without bounds
      throw new SolveStopped(overflow);
    }
    ODEStateAndDerivative start = interpolator.getPreviousState();
    double step = integrator.getCurrentSignedStepsize();
    if (listener != null) {
      listener.accepted(start.getTime(), step, start.getPrimaryState());
    }
    counter.accept(step);
    check.accept(span.time(start.getTime()), step);
  }

  Solution run(double[] initialState) {
    try {
      evaluator.stopBelowPrecision(initialState, 0, 0);
      ODEStateAndDerivative end =
          integrator.integrate(
              new ExpandableODE(this), new ODEState(0, initialState), span.length());
      SolveStatus success = SolveStatus.success(span.end());
      return solution(end.getPrimaryState(), success);
    } catch (SolveStopped stopped) {
      return stopped(initialState, stopped.status());
    } catch (MathIllegalArgumentException e) {
      if (e.getSpecifier() != LocalizedODEFormats.MINIMAL_STEPSIZE_REACHED_DURING_INTEGRATION) {
        throw e;
      }
      SolveStatus cause = overflow != null ? overflow : failure(Outcome.STEP_UNDERFLOW);
      return stopped(initialState, cause);
    } catch (MathIllegalStateException e) {
      if (e.getSpecifier() != LocalizedODEFormats.NAN_APPEARING_DURING_INTEGRATION) {
        throw e;
      }
      return stopped(initialState, failure(Outcome.NON_FINITE));
    }
  }

  private SolveStatus failure(Outcome outcome) {
    return evaluator.status(
        outcome, reached(), integrator.getCurrentSignedStepsize(), evaluator.worstComponent());
  }

  private Solution stopped(double[] initialState, SolveStatus status) {
    @Nullable ODEStateAndDerivative last = integrator.getStepStart();
    return solution(last == null ? initialState.clone() : last.getPrimaryState(), status);
  }

  private Solution solution(double[] state, SolveStatus status) {
    SolveStats stats =
        counter.stats(evaluator.evaluations(), attempts, Stepper.HIPPARCHUS, check.stiffFrom());
    return new Solution(status.time(), state, stats, status);
  }

  /** Returns the end of the last accepted step. */
  private double reached() {
    @Nullable ODEStateAndDerivative last = integrator.getStepStart();
    return last == null ? 0 : last.getTime();
  }

  /** Returns the norm of an attempt's error, where Hipparchus asks for it. */
  private double error(double[][] slopes, double[] start, double[] end, double h, double own) {
    double error = check.error(slopes, start, end, h, own);
    if (error >= 1) {
      evaluator.stopBelowPrecision(start, reached(), h);
    }
    return error;
  }

  /** The length of the first step; see {@link StepControl} for why it is not Hipparchus' own. */
  private double firstStep(double[] scale, ODEStateAndDerivative start) {
    StepControl control = new StepControl(config, span);
    if (!estimatesFirstStep) {
      return control.first();
    }
    double[] state = start.getPrimaryState().clone();
    double[] derivative = start.getPrimaryDerivative().clone();
    double slope = check.meanSquare(derivative, scale);
    double size = check.meanSquare(state, scale);
    double trial = control.trial(size, slope);
    for (int i = 0; i < state.length; i++) {
      state[i] += trial * derivative[i];
    }
    double[] change = computeDerivatives(trial, state).clone();
    for (int i = 0; i < change.length; i++) {
      change[i] -= derivative[i];
    }
    return control.estimate(trial, size, slope, check.meanSquare(change, scale));
  }

  private EmbeddedRungeKuttaIntegrator create(double smallest, double largest) {
    double[] rtol = check.rtol(dimension);
    double[] atol = check.atol(dimension);
    return switch (config.method()) {
      case HIGHAM_HALL_54 ->
          new HighamHall54Integrator(smallest, largest, atol, rtol) {
            @Override
            protected double estimateError(double[][] k, double[] y0, double[] y1, double h) {
              return error(k, y0, y1, h, super.estimateError(k, y0, y1, h));
            }

            @Override
            public double initializeStep(
                boolean forward, int order, double[] scale, ODEStateAndDerivative start) {
              return firstStep(scale, start);
            }
          };
      case DORMAND_PRINCE_54 ->
          new DormandPrince54Integrator(smallest, largest, atol, rtol) {
            @Override
            protected double estimateError(double[][] k, double[] y0, double[] y1, double h) {
              return error(k, y0, y1, h, super.estimateError(k, y0, y1, h));
            }

            @Override
            public double initializeStep(
                boolean forward, int order, double[] scale, ODEStateAndDerivative start) {
              return firstStep(scale, start);
            }
          };
      case DORMAND_PRINCE_853 ->
          new DormandPrince853Integrator(smallest, largest, atol, rtol) {
            @Override
            protected double estimateError(double[][] k, double[] y0, double[] y1, double h) {
              return error(k, y0, y1, h, super.estimateError(k, y0, y1, h));
            }

            @Override
            public double initializeStep(
                boolean forward, int order, double[] scale, ODEStateAndDerivative start) {
              return firstStep(scale, start);
            }
          };
      default ->
          throw new FjordException(
              ErrorKey.INVALID_CONFIGURATION,
              config.method().id() + " is no Runge-Kutta method with an error estimate.");
    };
  }
}
