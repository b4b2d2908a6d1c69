package org.fjordflow.ode;

import java.util.Map;
import java.util.function.Supplier;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.hipparchus.ode.ODEIntegrator;

/**
 * How to solve. There is one record for each way of choosing steps, and each has only the values
 * that it uses. {@link #adaptive}, {@link #fixed}, {@link #multistep} and {@link #integrator} make
 * them.
 */
public sealed interface SolverConfig {
  /** Previous steps of a multistep method unless said otherwise. */
  int DEFAULT_MULTISTEP_STEPS = 5;

  /** Most previous steps of a multistep method: with 8, steps of varying length are not stable. */
  int MAXIMAL_MULTISTEP_STEPS = 7;

  /** Largest order of an integrator that the caller brings. */
  int MAXIMAL_ORDER = 30;

  /** Smallest relative tolerance other than 0 that float64 can honour. */
  double MINIMAL_RTOL = 1e-15;

  /** Largest budget, and the default: Hipparchus counts in int. */
  long MAXIMAL_BUDGET = 1_000_000_000;

  /** Returns the name of the method, such as {@code dopri5}. */
  String name();

  /** Returns the order of convergence of the method. */
  int order();

  /** Returns whether steps are those of a Runge-Kutta method, which the discrete adjoint needs. */
  boolean hasTableau();

  /** Returns the budget of evaluations of one solve, from 1 to {@link #MAXIMAL_BUDGET}. */
  long maxEvaluations();

  /**
   * Returns this configuration with another budget.
   *
   * @param evaluations budget of evaluations of one solve
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if it is out of range
   */
  SolverConfig withMaxEvaluations(long evaluations);

  /**
   * Returns the configuration of a method that chooses its steps. For a multistep method it is that
   * with {@link #DEFAULT_MULTISTEP_STEPS}.
   *
   * @param method an adaptive method
   * @param rtol relative tolerance
   * @param atol absolute tolerance
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if the method has no error
   *     estimate or a tolerance is out of range
   */
  static ByTolerance adaptive(SolverMethod method, double rtol, double atol) {
    return method.isMultistep()
        ? multistep(method, DEFAULT_MULTISTEP_STEPS, rtol, atol)
        : new Adaptive(method, rtol, atol, 0, 0, 0, MAXIMAL_BUDGET, ErrorNorm.rootMeanSquare());
  }

  /**
   * Returns the configuration of a method of equal steps.
   *
   * @param method a fixed-step method
   * @param steps number of equal steps, at least 1
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if the method is adaptive or
   *     the number is below 1
   */
  static Fixed fixed(SolverMethod method, int steps) {
    return new Fixed(method, steps, MAXIMAL_BUDGET);
  }

  /**
   * Returns the configuration of a multistep method.
   *
   * @param method a multistep method
   * @param previousSteps number of previous steps that it uses, from 2 to {@link
   *     #MAXIMAL_MULTISTEP_STEPS}
   * @param rtol relative tolerance
   * @param atol absolute tolerance
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if the method is another one
   *     or a value is out of range
   */
  static Multistep multistep(SolverMethod method, int previousSteps, double rtol, double atol) {
    return new Multistep(method, previousSteps, rtol, atol, 0, 0, 0, MAXIMAL_BUDGET);
  }

  /**
   * Returns the configuration of an integrator of Hipparchus, or of one that extends its classes.
   *
   * @param order order of its steps, from 1 to {@link #MAXIMAL_ORDER}
   * @param integrators makes a new integrator, with its own settings, whenever it is asked
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if the order is out of range
   *     or there is no supplier
   */
  static Custom integrator(int order, Supplier<? extends ODEIntegrator> integrators) {
    return new Custom(order, integrators, MAXIMAL_BUDGET);
  }

  /** A configuration of which the steps follow from a tolerance. */
  sealed interface ByTolerance extends SolverConfig {
    /** Returns the method. */
    SolverMethod method();

    /** Returns the relative tolerance: 0, or at least {@link SolverConfig#MINIMAL_RTOL}. */
    double rtol();

    /** Returns the absolute tolerance, which is positive where the relative one is 0. */
    double atol();

    /** Returns the length of the first step, or 0 to have it estimated (one more evaluation). */
    double firstStep();

    /**
     * Returns the length below which a step ends the solve with an underflow. 0 stands for 16 units
     * in the last place of the larger end of the interval, where stage times stop being distinct.
     * The last step may be shorter. Extrapolation and multistep methods make one step of that
     * length across a jump of the field.
     */
    double minStep();

    /** Returns the largest step; 0 stands for the whole interval. */
    double maxStep();

    @Override
    ByTolerance withMaxEvaluations(long evaluations);

    /**
     * Returns this configuration with other tolerances.
     *
     * @param relative relative tolerance
     * @param absolute absolute tolerance
     */
    ByTolerance withTolerances(double relative, double absolute);

    /**
     * Returns this configuration with another first step.
     *
     * @param length length of the first step, or 0 to have it estimated
     */
    ByTolerance withFirstStep(double length);

    /**
     * Returns this configuration with other bounds of the step.
     *
     * @param smallest smallest step, or 0 for the default
     * @param largest largest step, or 0 for the default
     */
    ByTolerance withStepBounds(double smallest, double largest);

    /**
     * Returns this configuration with another norm of the error estimate.
     *
     * @param norm the norm
     * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if the method has none but
     *     the root mean square over all components
     */
    ByTolerance withErrorNorm(ErrorNorm norm);

    @Override
    default String name() {
      return method().id();
    }
  }

  /**
   * A Runge-Kutta method with an error estimate, or extrapolation. A step is accepted if the norm
   * of the error estimate divided by {@code atol + rtol max(|y_n|, |y_n+1|)} is below 1.
   *
   * @param method the method
   * @param rtol as {@link ByTolerance#rtol}
   * @param atol as {@link ByTolerance#atol}
   * @param firstStep as {@link ByTolerance#firstStep}
   * @param minStep as {@link ByTolerance#minStep}
   * @param maxStep as {@link ByTolerance#maxStep}
   * @param maxEvaluations as {@link SolverConfig#maxEvaluations}
   * @param errorNorm norm of the error estimate; of extrapolation it is always the root mean square
   *     over all components
   */
  record Adaptive(
      SolverMethod method,
      double rtol,
      double atol,
      double firstStep,
      double minStep,
      double maxStep,
      long maxEvaluations,
      ErrorNorm errorNorm)
      implements ByTolerance {
    /**
     * Checks the values.
     *
     * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if one is out of range
     */
    public Adaptive {
      require(
          method.isAdaptive() && !method.isMultistep(),
          "method",
          method.id(),
          method.isAdaptive()
              ? "no multistep method: use SolverConfig.multistep"
              : "one with an error estimate: use SolverConfig.fixed, or an adaptive method");
      requireTolerances(rtol, atol);
      requireSteps(firstStep, minStep, maxStep);
      requireBudget(maxEvaluations);
      requireNorm(method, errorNorm);
      for (Map.Entry<String, ErrorNorm.Factors> entry : errorNorm.factors().entrySet()) {
        double relative = entry.getValue().relative() * rtol;
        double absolute = entry.getValue().absolute() * atol;
        String group = " of the group '" + entry.getKey() + "'";
        require(
            isLength(relative) && isLength(absolute) && (relative == 0 || relative >= MINIMAL_RTOL),
            "rtol" + group,
            relative,
            "0 or >= 1e-15");
        require(relative > 0 || absolute > 0, "atol" + group, absolute, "positive where rtol is 0");
      }
    }

    @Override
    public int order() {
      return method.order();
    }

    @Override
    public boolean hasTableau() {
      return method.hasTableau();
    }

    @Override
    public Adaptive withTolerances(double relative, double absolute) {
      return new Adaptive(
          method, relative, absolute, firstStep, minStep, maxStep, maxEvaluations, errorNorm);
    }

    @Override
    public Adaptive withFirstStep(double length) {
      return new Adaptive(method, rtol, atol, length, minStep, maxStep, maxEvaluations, errorNorm);
    }

    @Override
    public Adaptive withStepBounds(double smallest, double largest) {
      return new Adaptive(
          method, rtol, atol, firstStep, smallest, largest, maxEvaluations, errorNorm);
    }

    @Override
    public Adaptive withMaxEvaluations(long evaluations) {
      return new Adaptive(method, rtol, atol, firstStep, minStep, maxStep, evaluations, errorNorm);
    }

    @Override
    public Adaptive withErrorNorm(ErrorNorm norm) {
      return new Adaptive(method, rtol, atol, firstStep, minStep, maxStep, maxEvaluations, norm);
    }
  }

  /**
   * A Runge-Kutta method of equal steps.
   *
   * @param method the method
   * @param steps number of equal steps, at least 1
   * @param maxEvaluations as {@link SolverConfig#maxEvaluations}
   */
  record Fixed(SolverMethod method, int steps, long maxEvaluations) implements SolverConfig {
    /**
     * Checks the values.
     *
     * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if one is out of range
     */
    public Fixed {
      require(
          !method.isAdaptive(),
          "method",
          method.id(),
          "one of equal steps: use SolverConfig.adaptive for one that chooses its steps");
      require(steps >= 1, "steps", steps, "at least 1");
      requireBudget(maxEvaluations);
    }

    @Override
    public String name() {
      return method.id();
    }

    @Override
    public int order() {
      return method.order();
    }

    @Override
    public boolean hasTableau() {
      return true;
    }

    @Override
    public Fixed withMaxEvaluations(long evaluations) {
      return new Fixed(method, steps, evaluations);
    }
  }

  /**
   * A multistep method. Its order is the number of previous steps, and its error norm the root mean
   * square over all components.
   *
   * @param method the method
   * @param previousSteps number of previous steps that it uses, from 2 to {@link
   *     #MAXIMAL_MULTISTEP_STEPS}
   * @param rtol as {@link ByTolerance#rtol}
   * @param atol as {@link ByTolerance#atol}
   * @param firstStep as {@link ByTolerance#firstStep}
   * @param minStep as {@link ByTolerance#minStep}
   * @param maxStep as {@link ByTolerance#maxStep}
   * @param maxEvaluations as {@link SolverConfig#maxEvaluations}
   */
  record Multistep(
      SolverMethod method,
      int previousSteps,
      double rtol,
      double atol,
      double firstStep,
      double minStep,
      double maxStep,
      long maxEvaluations)
      implements ByTolerance {
    /**
     * Checks the values.
     *
     * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if one is out of range
     */
    public Multistep {
      require(method.isMultistep(), "method", method.id(), "adams-bashforth or adams-moulton here");
      require(
          previousSteps >= 2 && previousSteps <= MAXIMAL_MULTISTEP_STEPS,
          "previousSteps",
          previousSteps,
          "from 2 to " + MAXIMAL_MULTISTEP_STEPS);
      requireTolerances(rtol, atol);
      requireSteps(firstStep, minStep, maxStep);
      requireBudget(maxEvaluations);
    }

    @Override
    public int order() {
      return previousSteps;
    }

    @Override
    public boolean hasTableau() {
      return false;
    }

    /**
     * Returns this configuration with another number of previous steps.
     *
     * @param previous number of previous steps
     */
    public Multistep withPreviousSteps(int previous) {
      return new Multistep(
          method, previous, rtol, atol, firstStep, minStep, maxStep, maxEvaluations);
    }

    @Override
    public Multistep withTolerances(double relative, double absolute) {
      return new Multistep(
          method, previousSteps, relative, absolute, firstStep, minStep, maxStep, maxEvaluations);
    }

    @Override
    public Multistep withFirstStep(double length) {
      return new Multistep(
          method, previousSteps, rtol, atol, length, minStep, maxStep, maxEvaluations);
    }

    @Override
    public Multistep withStepBounds(double smallest, double largest) {
      return new Multistep(
          method, previousSteps, rtol, atol, firstStep, smallest, largest, maxEvaluations);
    }

    @Override
    public Multistep withMaxEvaluations(long evaluations) {
      return new Multistep(
          method, previousSteps, rtol, atol, firstStep, minStep, maxStep, evaluations);
    }

    @Override
    public Multistep withErrorNorm(ErrorNorm norm) {
      requireNorm(method, norm);
      return this;
    }
  }

  /**
   * An integrator that the caller brings. It chooses steps by its own settings, works on the whole
   * state and has the continuous adjoint. It solves from 0 to the length of the interval, in either
   * direction of time; the system gets its own times. Each solve has a new integrator, and so has
   * what goes on behind an output time or a value that is not finite. A budget of its own counts
   * too.
   *
   * <p>A solve throws {@link FjordException} with {@link ErrorKey#INVALID_CONFIGURATION} where the
   * integrator is null or not new, has event detectors, step handlers or step end handlers ({@link
   * Event} is for events), refuses the state, as one with tolerances by component does where it has
   * another number of components, or ends before the interval does. The continuous adjoint solves
   * for the state and its cotangent together: twice as many components.
   *
   * @param order order of its steps, from 1 to {@link SolverConfig#MAXIMAL_ORDER}: it decides how
   *     many points the quadrature of the continuous adjoint has
   * @param integrators makes a new integrator whenever it is asked
   * @param maxEvaluations as {@link SolverConfig#maxEvaluations}
   */
  record Custom(int order, Supplier<? extends ODEIntegrator> integrators, long maxEvaluations)
      implements SolverConfig {
    /**
     * Checks the values.
     *
     * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if one is out of range
     */
    public Custom {
      require(order >= 1 && order <= MAXIMAL_ORDER, "order", order, "from 1 to " + MAXIMAL_ORDER);
      require(integrators != null, "integrators", "null", "a supplier of new integrators");
      requireBudget(maxEvaluations);
    }

    @Override
    public String name() {
      return make().getName();
    }

    @Override
    public boolean hasTableau() {
      return false;
    }

    /**
     * Returns a new integrator.
     *
     * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if the supplier returns
     *     null
     */
    public ODEIntegrator make() {
      ODEIntegrator made = integrators.get();
      require(
          made != null, "integrators", "a supplier of null", "one of new integrators: return one");
      return made;
    }

    @Override
    public Custom withMaxEvaluations(long evaluations) {
      return new Custom(order, integrators, evaluations);
    }
  }

  private static void requireTolerances(double rtol, double atol) {
    require(isLength(rtol) && (rtol == 0 || rtol >= MINIMAL_RTOL), "rtol", rtol, "0 or >= 1e-15");
    require(isLength(atol), "atol", atol, "finite and not negative");
    require(rtol > 0 || atol > 0, "atol", atol, "positive where rtol is 0");
  }

  private static void requireSteps(double firstStep, double minStep, double maxStep) {
    require(isLength(firstStep), "firstStep", firstStep, "finite and not negative");
    require(isLength(minStep), "minStep", minStep, "finite and not negative");
    require(isLength(maxStep), "maxStep", maxStep, "finite and not negative");
    require(
        minStep == 0 || maxStep == 0 || minStep <= maxStep, "minStep", minStep, "at most maxStep");
  }

  private static void requireBudget(long maxEvaluations) {
    require(
        maxEvaluations >= 1 && maxEvaluations <= MAXIMAL_BUDGET,
        "maxEvaluations",
        maxEvaluations,
        "from 1 to " + MAXIMAL_BUDGET);
  }

  private static void requireNorm(SolverMethod method, ErrorNorm norm) {
    require(
        method.hasTableau() || norm.isHipparchus(),
        "errorNorm",
        norm,
        "the root mean square over all components for " + method.id());
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
