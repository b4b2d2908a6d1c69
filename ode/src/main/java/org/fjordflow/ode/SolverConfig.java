package org.fjordflow.ode;

import java.util.Map;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * How to solve. Adaptive methods use the tolerances and step bounds, fixed-step methods use {@code
 * fixedSteps}; the other values are ignored.
 *
 * <p>An adaptive step is accepted if the norm of the error estimate divided by {@code atol + rtol
 * max(|y_n|, |y_n+1|)} is below 1; by default that is the root mean square over all components.
 *
 * @param method the method
 * @param rtol relative tolerance: 0 (then atol is positive), or at least {@link #MINIMAL_RTOL}
 * @param atol absolute tolerance: 0 (then rtol is positive) or positive
 * @param fixedSteps number of equal steps of a fixed-step method, at least 1
 * @param firstStep length of the first step, or 0 to have it estimated (one more evaluation)
 * @param minStep length below which a step ends the solve with an underflow; 0 stands for 16 units
 *     in the last place of the larger end of the interval, where stage times stop being distinct.
 *     The last step may be shorter
 * @param maxStep largest step; 0 stands for the whole interval
 * @param maxEvaluations budget of evaluations of one solve, at most {@link #MAXIMAL_BUDGET}
 * @param errorNorm norm of the error estimate
 * @param multistepSteps number of previous steps that a multistep method uses, from 2 to {@link
 *     #MAXIMAL_MULTISTEP_STEPS}; other methods ignore it
 */
public record SolverConfig(
    SolverMethod method,
    double rtol,
    double atol,
    int fixedSteps,
    double firstStep,
    double minStep,
    double maxStep,
    long maxEvaluations,
    ErrorNorm errorNorm,
    int multistepSteps) {
  /** Previous steps of a multistep method unless said otherwise. */
  public static final int DEFAULT_MULTISTEP_STEPS = 5;

  /** Most previous steps of a multistep method: with 8, steps of varying length are not stable. */
  public static final int MAXIMAL_MULTISTEP_STEPS = 7;

  /** Smallest relative tolerance other than 0 that float64 can honour. */
  public static final double MINIMAL_RTOL = 1e-15;

  /** Largest budget, and the default: Hipparchus counts in int. */
  public static final long MAXIMAL_BUDGET = 1_000_000_000;

  /**
   * Checks the values.
   *
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if one is outside its range
   */
  public SolverConfig {
    require(isLength(rtol) && (rtol == 0 || rtol >= MINIMAL_RTOL), "rtol", rtol, "0 or >= 1e-15");
    require(isLength(atol), "atol", atol, "finite and not negative");
    require(rtol > 0 || atol > 0, "atol", atol, "positive where rtol is 0");
    require(fixedSteps >= 1, "fixedSteps", fixedSteps, "at least 1");
    require(isLength(firstStep), "firstStep", firstStep, "finite and not negative");
    require(isLength(minStep), "minStep", minStep, "finite and not negative");
    require(isLength(maxStep), "maxStep", maxStep, "finite and not negative");
    require(
        minStep == 0 || maxStep == 0 || minStep <= maxStep, "minStep", minStep, "at most maxStep");
    require(
        maxEvaluations >= 1 && maxEvaluations <= MAXIMAL_BUDGET,
        "maxEvaluations",
        maxEvaluations,
        "from 1 to " + MAXIMAL_BUDGET);
    for (Map.Entry<String, ErrorNorm.Factors> entry : errorNorm.factors().entrySet()) {
      double relative = entry.getValue().relative() * rtol;
      double absolute = entry.getValue().absolute() * atol;
      require(
          isLength(relative) && isLength(absolute) && (relative == 0 || relative >= MINIMAL_RTOL),
          "rtol of the group '" + entry.getKey() + "'",
          relative,
          "0 or >= 1e-15");
      require(
          relative > 0 || absolute > 0,
          "atol of the group '" + entry.getKey() + "'",
          absolute,
          "positive where rtol is 0");
    }
    require(
        multistepSteps >= 2 && multistepSteps <= MAXIMAL_MULTISTEP_STEPS,
        "multistepSteps",
        multistepSteps,
        "from 2 to " + MAXIMAL_MULTISTEP_STEPS);
    require(
        method.hasTableau() || !method.isAdaptive() || errorNorm.isHipparchus(),
        "errorNorm",
        errorNorm,
        "the root mean square over all components for " + method.id());
  }

  /**
   * Returns the configuration of an adaptive method.
   *
   * @param method an adaptive method
   * @param rtol relative tolerance
   * @param atol absolute tolerance
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if the method has no error
   *     estimate or a tolerance is out of range
   */
  public static SolverConfig adaptive(SolverMethod method, double rtol, double atol) {
    if (!method.isAdaptive()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          method.id() + " has no error estimate: use SolverConfig.fixed, or an adaptive method.");
    }
    return new SolverConfig(
        method,
        rtol,
        atol,
        1,
        0,
        0,
        0,
        MAXIMAL_BUDGET,
        ErrorNorm.rootMeanSquare(),
        DEFAULT_MULTISTEP_STEPS);
  }

  /**
   * Returns the configuration of a fixed-step method.
   *
   * @param method a fixed-step method
   * @param steps number of equal steps, at least 1
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if the method is adaptive or
   *     the number is below 1
   */
  public static SolverConfig fixed(SolverMethod method, int steps) {
    if (method.isAdaptive()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          method.id() + " chooses its steps itself: use SolverConfig.adaptive.");
    }
    return new SolverConfig(
        method,
        1e-5,
        1e-5,
        steps,
        0,
        0,
        0,
        MAXIMAL_BUDGET,
        ErrorNorm.rootMeanSquare(),
        DEFAULT_MULTISTEP_STEPS);
  }

  /**
   * Returns this configuration with other tolerances.
   *
   * @param relative relative tolerance
   * @param absolute absolute tolerance
   */
  public SolverConfig withTolerances(double relative, double absolute) {
    return new SolverConfig(
        method,
        relative,
        absolute,
        fixedSteps,
        firstStep,
        minStep,
        maxStep,
        maxEvaluations,
        errorNorm,
        multistepSteps);
  }

  /**
   * Returns this configuration with another first step.
   *
   * @param length length of the first step, or 0 to have it estimated
   */
  public SolverConfig withFirstStep(double length) {
    return new SolverConfig(
        method,
        rtol,
        atol,
        fixedSteps,
        length,
        minStep,
        maxStep,
        maxEvaluations,
        errorNorm,
        multistepSteps);
  }

  /**
   * Returns this configuration with other bounds of the step.
   *
   * @param smallest smallest step, or 0 for the default
   * @param largest largest step, or 0 for the default
   */
  public SolverConfig withStepBounds(double smallest, double largest) {
    return new SolverConfig(
        method,
        rtol,
        atol,
        fixedSteps,
        firstStep,
        smallest,
        largest,
        maxEvaluations,
        errorNorm,
        multistepSteps);
  }

  /**
   * Returns this configuration with another budget.
   *
   * @param evaluations budget of evaluations of one solve
   */
  public SolverConfig withMaxEvaluations(long evaluations) {
    return new SolverConfig(
        method,
        rtol,
        atol,
        fixedSteps,
        firstStep,
        minStep,
        maxStep,
        evaluations,
        errorNorm,
        multistepSteps);
  }

  /**
   * Returns this configuration with another norm of the error estimate.
   *
   * @param norm the norm; fixed-step methods have no use for it
   */
  public SolverConfig withErrorNorm(ErrorNorm norm) {
    return new SolverConfig(
        method,
        rtol,
        atol,
        fixedSteps,
        firstStep,
        minStep,
        maxStep,
        maxEvaluations,
        norm,
        multistepSteps);
  }

  /**
   * Returns this configuration with another number of previous steps for a multistep method.
   *
   * @param previous number of previous steps
   */
  public SolverConfig withMultistepSteps(int previous) {
    return new SolverConfig(
        method,
        rtol,
        atol,
        fixedSteps,
        firstStep,
        minStep,
        maxStep,
        maxEvaluations,
        errorNorm,
        previous);
  }

  /** Returns the order of convergence: that of the method, or of a multistep method's steps. */
  public int order() {
    return method.isMultistep() ? multistepSteps : method.order();
  }

  private static boolean isLength(double value) {
    return value >= 0 && value < Double.POSITIVE_INFINITY;
  }

  private static void require(boolean holds, String name, Object given, String expected) {
    if (!holds) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "SolverConfig." + name + " is " + given + ": it must be " + expected + ".");
    }
  }
}
