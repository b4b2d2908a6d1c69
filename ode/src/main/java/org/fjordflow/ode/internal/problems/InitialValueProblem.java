package org.fjordflow.ode.internal.problems;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.OdeSolver;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.jspecify.annotations.Nullable;

/**
 * A published initial value problem. Immutable; its system keeps no state, so it may be solved by
 * several threads at once.
 */
public final class InitialValueProblem {
  /** Of reference solutions that are computed: 1e-13, and a digit for what errors add up to. */
  private static final double REFERENCE_RTOL = 1e-14;

  /** Small, so that components near zero are known to as many digits. */
  private static final double REFERENCE_ATOL = 1e-20;

  private final String name;
  private final String source;
  private final boolean stiff;
  private final double startTime;
  private final double endTime;
  private final double[] initialState;
  private final OdeSystem system;
  private final double @Nullable [] publishedEnd;

  private InitialValueProblem(
      String name,
      String source,
      boolean stiff,
      double startTime,
      double endTime,
      double[] initialState,
      OdeSystem system,
      double @Nullable [] publishedEnd) {
    this.name = name;
    this.source = source;
    this.stiff = stiff;
    this.startTime = startTime;
    this.endTime = endTime;
    this.initialState = initialState;
    this.system = system;
    this.publishedEnd = publishedEnd;
  }

  /** Creates a problem from time 0 that is not stiff and whose end state is not published. */
  static InitialValueProblem of(
      String name, String source, double endTime, double[] initialState, RightHandSide formula) {
    OdeSystem system = formula.asSystem(initialState.length);
    return new InitialValueProblem(
        name, source, false, 0, endTime, initialState.clone(), system, null);
  }

  /** Returns the same problem with its published end state. */
  InitialValueProblem endingIn(double... state) {
    return new InitialValueProblem(
        name, source, stiff, startTime, endTime, initialState, system, state.clone());
  }

  /** Returns the same problem, marked as stiff. */
  InitialValueProblem stiff() {
    return new InitialValueProblem(
        name, source, true, startTime, endTime, initialState, system, publishedEnd);
  }

  /** Returns the name, such as {@code arenstorf} or {@code B3}. */
  public String name() {
    return name;
  }

  /** Returns where the problem is from. */
  public String source() {
    return source;
  }

  /** Returns whether stability, not accuracy, bounds the steps of explicit methods. */
  public boolean isStiff() {
    return stiff;
  }

  /** Returns the number of components of the state. */
  public int dimension() {
    return initialState.length;
  }

  /** Returns the start of the interval. */
  public double startTime() {
    return startTime;
  }

  /** Returns the end of the interval. */
  public double endTime() {
    return endTime;
  }

  /** Returns a copy of the state at the start. */
  public double[] initialState() {
    return initialState.clone();
  }

  /** Returns the differential equation. */
  public OdeSystem system() {
    return system;
  }

  /**
   * Solves the problem.
   *
   * @param config how
   * @return the end of the solve, which may be a failure
   */
  public Solution solve(SolverConfig config) {
    return new OdeSolver(config).solve(system, startTime, initialState, endTime);
  }

  /**
   * Returns the state at the end of the interval: the published one, or else that of Dormand-Prince
   * 8(5,3) at 1e-13, which costs a solve.
   *
   * @throws FjordException with {@link ErrorKey#SOLVE_FAILED} if it cannot be computed
   */
  public double[] endState() {
    return publishedEnd == null ? computedEndState() : publishedEnd.clone();
  }

  /**
   * Returns the end state of Dormand-Prince 8(5,3) at relative tolerance 1e-14, published or not.
   * Its relative error is below 1e-11 (2-norm) for all problems here but {@code arenstorf}, whose
   * condition is 2e6.
   *
   * @throws FjordException with {@link ErrorKey#SOLVE_FAILED} if it cannot be computed
   */
  public double[] computedEndState() {
    SolverConfig tight =
        SolverConfig.adaptive(SolverMethod.DORMAND_PRINCE_853, REFERENCE_RTOL, REFERENCE_ATOL);
    return solve(tight).orThrow().state();
  }

  @Override
  public String toString() {
    return name;
  }
}
