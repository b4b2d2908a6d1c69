package org.fjordflow.ode;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.hipparchus.ode.nonstiff.ClassicalRungeKuttaIntegrator;
import org.hipparchus.ode.nonstiff.DormandPrince54Integrator;
import org.hipparchus.ode.nonstiff.DormandPrince853Integrator;
import org.hipparchus.ode.nonstiff.EulerIntegrator;
import org.hipparchus.ode.nonstiff.ExplicitRungeKuttaIntegrator;
import org.hipparchus.ode.nonstiff.GillIntegrator;
import org.hipparchus.ode.nonstiff.HighamHall54Integrator;
import org.hipparchus.ode.nonstiff.LutherIntegrator;
import org.hipparchus.ode.nonstiff.MidpointIntegrator;
import org.hipparchus.ode.nonstiff.ThreeEighthesIntegrator;

/**
 * The explicit Runge-Kutta methods of Hipparchus. {@link #order()} is the order of the solution
 * that a step hands on; with an error estimate, the estimate is of lower order.
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
  DORMAND_PRINCE_853("dopri853", 8, true, new DormandPrince853Integrator(1, 1, 1, 1));

  private final String id;
  private final int order;
  private final boolean adaptive;

  @SuppressWarnings("ImmutableEnumChecker") // only its methods that touch no state are used
  private final ExplicitRungeKuttaIntegrator stateless;

  @SuppressWarnings("ImmutableEnumChecker") // its arrays are never handed out
  private final Tableau tableau;

  SolverMethod(String id, int order, boolean adaptive, ExplicitRungeKuttaIntegrator stateless) {
    this.id = id;
    this.order = order;
    this.adaptive = adaptive;
    this.stateless = stateless;
    this.tableau = Tableau.of(stateless);
  }

  /** Returns the short name used on command lines and in files. */
  public String id() {
    return id;
  }

  /** Returns the order of convergence of the solution. */
  public int order() {
    return order;
  }

  /** Returns whether the method chooses its steps by an error estimate. */
  public boolean isAdaptive() {
    return adaptive;
  }

  /** Returns the coefficients, as Hipparchus has them. */
  public Tableau tableau() {
    return tableau;
  }

  /**
   * Returns the Hipparchus integrator whose {@code singleStep} and coefficients, which do not touch
   * its state, are shared by all solves.
   */
  ExplicitRungeKuttaIntegrator stateless() {
    return stateless;
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
    String known = Arrays.stream(values()).map(SolverMethod::id).collect(Collectors.joining(", "));
    throw new FjordException(
        ErrorKey.INVALID_ARGUMENT, "Unknown solver method '" + id + "': use one of " + known + ".");
  }
}
