package org.fjordflow.ode.internal.hipparchus;

import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.fjordflow.ode.internal.method.Tableau;
import org.hipparchus.ode.MultistepIntegrator;
import org.hipparchus.ode.ODEIntegrator;
import org.hipparchus.ode.nonstiff.AdaptiveStepsizeIntegrator;
import org.hipparchus.ode.nonstiff.DormandPrince853Integrator;
import org.jspecify.annotations.Nullable;

/** An integrator of Hipparchus, and what its next evaluation is for. */
final class Phases {
  /** What an evaluation is for. */
  enum Purpose {
    /** The derivative at the start. */
    START,
    /** The choice of the first step. */
    TRIAL,
    /** The same once more, or interpolation alone: the last derivative will do. */
    REPEATED,
    /** A step of a multistep method's starter. */
    STARTER,
    /** A step. */
    STEPS
  }

  private static final Tableau STARTER = SolverMethod.DORMAND_PRINCE_853.tableau();

  private final ODEIntegrator integrator;
  private final @Nullable DormandPrince853Integrator starter;
  private boolean estimatesFirstStep;
  private boolean startRepeated;
  private @Nullable Purpose last;
  private boolean inAccepted;
  private boolean firstOfSteps;
  private int starterStage;

  /**
   * Makes the integrator.
   *
   * @param remaining length of the interval that it is going to solve
   */
  Phases(SolverConfig config, double remaining) {
    this.integrator = Integrators.create(config, remaining);
    this.estimatesFirstStep = config instanceof SolverConfig.ByTolerance;
    this.starter =
        config instanceof SolverConfig.Multistep own ? Integrators.starter(own, remaining) : null;
    if (starter != null) {
      ((MultistepIntegrator) integrator).setStarterIntegrator(starter);
    }
  }

  ODEIntegrator integrator() {
    return integrator;
  }

  /** Sets the length of the first step, where the integrator has one to be set. */
  void startWith(double length) {
    if ((starter == null ? integrator : starter) instanceof AdaptiveStepsizeIntegrator adaptive) {
      adaptive.setInitialStepSize(Math.min(length, adaptive.getMaxStep()));
      estimatesFirstStep = false;
    }
  }

  /** Returns what the next evaluation is for. */
  Purpose next() {
    Purpose purpose = purpose();
    firstOfSteps = purpose == Purpose.STEPS && last != Purpose.STEPS;
    last = purpose;
    return purpose;
  }

  private Purpose purpose() {
    if (last == null) {
      return Purpose.START;
    }
    if (starter != null && !startRepeated) {
      startRepeated = true;
      return Purpose.REPEATED;
    }
    if (estimatesFirstStep) {
      estimatesFirstStep = false;
      return Purpose.TRIAL;
    }
    // A multistep integrator has no length of a step before its starter is done.
    if (starter == null || last == Purpose.STEPS || integrator.getCurrentSignedStepsize() != 0) {
      return Purpose.STEPS;
    }
    starterStage = starterStage == STARTER.stages() - 1 ? 1 : starterStage + 1;
    return starterStage > STARTER.solutionStages() ? Purpose.REPEATED : Purpose.STARTER;
  }

  /** Returns whether the last evaluation was the first one that serves a step. */
  boolean isFirstOfSteps() {
    return firstOfSteps;
  }

  /** Returns the length of the starter's step. */
  double starterStep() {
    return starter == null ? 0 : starter.getCurrentSignedStepsize();
  }

  /** Returns where the starter's step starts. */
  double starterStart() {
    return starter == null ? 0 : starter.getStepStart().getTime();
  }

  /** A step has been accepted; what is evaluated until {@link #goOn} is no part of another one. */
  void accepted() {
    inAccepted = true;
  }

  /** Goes on to the next step. */
  void goOn() {
    inAccepted = false;
    last = Purpose.STEPS;
  }

  /** Returns whether a shorter step may help where the last evaluation was not finite. */
  boolean canRetry() {
    boolean mayBegin = integrator instanceof AdaptiveStepsizeIntegrator;
    return mayBegin && last != null && last != Purpose.START && !inAccepted;
  }
}
