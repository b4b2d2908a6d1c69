package org.fjordflow.ode;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.ode.internal.method.Tableau;
import org.hipparchus.ode.nonstiff.ButcherArrayProvider;
import org.hipparchus.ode.nonstiff.ClassicalRungeKuttaIntegrator;
import org.hipparchus.ode.nonstiff.DormandPrince54Integrator;
import org.hipparchus.ode.nonstiff.DormandPrince853Integrator;
import org.hipparchus.ode.nonstiff.EulerIntegrator;
import org.hipparchus.ode.nonstiff.GillIntegrator;
import org.hipparchus.ode.nonstiff.HighamHall54Integrator;
import org.hipparchus.ode.nonstiff.LutherIntegrator;
import org.hipparchus.ode.nonstiff.MidpointIntegrator;
import org.hipparchus.ode.nonstiff.ThreeEighthesIntegrator;
import org.jspecify.annotations.Nullable;

/**
 * The non-stiff methods of Hipparchus. Runge-Kutta methods have a {@link #tableau} and both
 * adjoints; the others have the continuous adjoint alone.
 */
public enum SolverMethod {
  /** Euler's method: 1 evaluation a step. */
  EULER("euler", 1, false, new EulerIntegrator(1)),
  /** The explicit midpoint rule: 2 evaluations a step. */
  MIDPOINT("midpoint", 2, false, new MidpointIntegrator(1)),
  /** The classical method of Runge and Kutta: 4 evaluations a step. */
  CLASSICAL_RUNGE_KUTTA("rk4", 4, false, new ClassicalRungeKuttaIntegrator(1)),
  /** Gill's method: 4 evaluations a step. */
  GILL("gill", 4, false, new GillIntegrator(1)),
  /** Kutta's three-eighths rule: 4 evaluations a step. */
  THREE_EIGHTHES("three-eighths", 4, false, new ThreeEighthesIntegrator(1)),
  /** Luther's method: 7 evaluations a step. */
  LUTHER("luther", 6, false, new LutherIntegrator(1)),
  /** Higham and Hall 5(4), adaptive: 6 evaluations a step. */
  HIGHAM_HALL_54("higham-hall54", 5, true, new HighamHall54Integrator(1, 1, 1, 1)),
  /** Dormand and Prince 5(4), adaptive: 6 evaluations a step. */
  DORMAND_PRINCE_54("dopri5", 5, true, new DormandPrince54Integrator(1, 1, 1, 1)),
  /** Dormand and Prince 8(5,3), adaptive: 12 evaluations a step. */
  DORMAND_PRINCE_853("dopri853", 8, true, new DormandPrince853Integrator(1, 1, 1, 1)),
  /**
   * Gragg, Bulirsch and Stoer's extrapolation of the midpoint rule (Hairer, Norsett and Wanner
   * 1993, II.9), adaptive in step and order: 2 k^2 + 1 evaluations for a step of order 2 k, with k
   * from 2 to 9.
   */
  GRAGG_BULIRSCH_STOER("gbs", 18, true, null),
  /**
   * Adams and Bashforth's explicit multistep method, adaptive: 1 evaluation a step. Its order is
   * that of {@link SolverConfig.Multistep#previousSteps}. Dormand-Prince 8(5,3) makes the first
   * steps.
   */
  ADAMS_BASHFORTH("adams-bashforth", SolverConfig.DEFAULT_MULTISTEP_STEPS, true, null),
  /**
   * Adams and Moulton's multistep method, predicted, evaluated, corrected and evaluated, adaptive:
   * 2 evaluations a step. Its order is that of {@link SolverConfig.Multistep#previousSteps}, the
   * new derivative included: Hipparchus says one more, but its polynomials are of that degree.
   * Dormand-Prince 8(5,3) makes the first steps.
   */
  ADAMS_MOULTON("adams-moulton", SolverConfig.DEFAULT_MULTISTEP_STEPS, true, null);

  private final String id;
  private final int order;
  private final boolean adaptive;

  @SuppressWarnings("ImmutableEnumChecker") // its arrays are never handed out
  private final @Nullable Tableau tableau;

  SolverMethod(String id, int order, boolean adaptive, @Nullable ButcherArrayProvider arrays) {
    this.id = id;
    this.order = order;
    this.adaptive = adaptive;
    this.tableau = arrays == null ? null : Tableau.of(arrays);
  }

  /** Returns the short name used on command lines and in files. */
  public String id() {
    return id;
  }

  /**
   * Returns the order of convergence of the solution that a step hands on; an error estimate is of
   * lower order. Of a multistep method, that with {@link SolverConfig#DEFAULT_MULTISTEP_STEPS}
   * ({@link SolverConfig#order} knows better); of {@link #GRAGG_BULIRSCH_STOER}, the highest.
   */
  public int order() {
    return order;
  }

  /**
   * Returns the order of convergence of {@link DenseSolution#state} between the steps: that of the
   * steps, but for Luther's method, whose interpolator is of order 5. The derivative is of one
   * order less. For {@link #GRAGG_BULIRSCH_STOER} it changes from step to step, as the order does;
   * the error between steps is part of its step control.
   */
  public int denseOrder() {
    return this == LUTHER ? 5 : order;
  }

  /** Returns whether the method chooses its steps by an error estimate. */
  public boolean isAdaptive() {
    return adaptive;
  }

  /** Returns whether the order depends on {@link SolverConfig.Multistep#previousSteps}. */
  public boolean isMultistep() {
    return this == ADAMS_BASHFORTH || this == ADAMS_MOULTON;
  }

  /** Returns whether this is a Runge-Kutta method, which the discrete adjoint can go back. */
  public boolean hasTableau() {
    return tableau != null;
  }

  /**
   * Returns the coefficients, as Hipparchus has them. Their type is no API.
   *
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if this is no Runge-Kutta
   *     method
   */
  public Tableau tableau() {
    if (tableau == null) {
      throw notRungeKutta();
    }
    return tableau;
  }

  private FjordException notRungeKutta() {
    return new FjordException(
        ErrorKey.INVALID_CONFIGURATION,
        id + " is no Runge-Kutta method and has no tableau: use one of " + withTableau() + ".");
  }

  /** Returns the short names of the Runge-Kutta methods. */
  public static String withTableau() {
    return Arrays.stream(values())
        .filter(SolverMethod::hasTableau)
        .map(SolverMethod::id)
        .collect(Collectors.joining(", "));
  }

  /** Returns the short names of the Runge-Kutta methods with an error estimate. */
  public static String withErrorEstimate() {
    return Arrays.stream(values())
        .filter(method -> method.hasTableau() && method.isAdaptive())
        .map(SolverMethod::id)
        .collect(Collectors.joining(", "));
  }

  /**
   * Finds a method by its short name.
   *
   * @param id a short name such as {@code dopri5}
   * @throws FjordException with {@link ErrorKey#INVALID_ARGUMENT} if there is none of that name
   */
  public static SolverMethod of(String id) {
    for (SolverMethod method : values()) {
      if (method.id.equals(id)) {
        return method;
      }
    }
    List<String> known = Arrays.stream(values()).map(SolverMethod::id).toList();
    throw new FjordException(
        ErrorKey.INVALID_ARGUMENT, Suggestions.unknown("solver method", id, known));
  }
}
