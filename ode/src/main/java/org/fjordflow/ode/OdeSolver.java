package org.fjordflow.ode;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.internal.dense.DenseKeeper;
import org.fjordflow.ode.internal.dense.StoredSteps;
import org.fjordflow.ode.internal.event.EventSearch;
import org.fjordflow.ode.internal.hipparchus.HipparchusSolve;
import org.fjordflow.ode.internal.parts.PartitionedOdeSystem;
import org.fjordflow.ode.internal.parts.RowSolution;
import org.fjordflow.ode.internal.parts.RowSystem;
import org.fjordflow.ode.internal.step.Route;
import org.fjordflow.ode.internal.step.RowwiseRun;
import org.fjordflow.ode.internal.step.RungeKuttaRun;
import org.fjordflow.ode.internal.step.Span;
import org.fjordflow.ode.internal.step.StepRows;

/**
 * Solves initial value problems with Hipparchus' non-stiff methods, in both directions of time. A
 * solver has no state of its own and may be shared by threads. A system is used by the calling
 * thread alone, or, if it is a {@link PartitionedOdeSystem}, by what it runs its parts on.
 *
 * <p>Runge-Kutta steps are made part by part; any other system is a single part. They are the steps
 * that Hipparchus takes. All else is left to Hipparchus' integrators, on the whole state.
 */
public final class OdeSolver {
  private final SolverConfig config;

  /**
   * Creates a solver.
   *
   * @param config how to solve
   */
  public OdeSolver(SolverConfig config) {
    this.config = config;
  }

  /** Returns how this solver solves. */
  public SolverConfig config() {
    return config;
  }

  /**
   * Solves from t0 to t1. Exceptions of the system pass through unchanged; numerical failures are
   * told by the solution's status, with the state at the end of the last accepted step. An interval
   * of length zero, or a state without components, costs no evaluation.
   *
   * @param system the differential equation
   * @param t0 start of the interval, finite
   * @param y0 state at the start. Not modified
   * @param t1 end of the interval, finite, on either side of t0
   * @return the end of the solve
   * @throws FjordException with {@link ErrorKey#SHAPE_MISMATCH} if y0 does not have the system's
   *     dimension, {@link ErrorKey#INVALID_ARGUMENT} if a time is not finite
   */
  public Solution solve(OdeSystem system, double t0, double[] y0, double t1) {
    return solve(system, t0, y0, new double[] {t1}).end();
  }

  /**
   * Solves each row of a system from t0 to t1 by steps of its own: those that {@link
   * #solve(OdeSystem, double, double[], double)} takes for the row alone. The error norm is over
   * the components of a row, the budget of evaluations is that of a row, and a row that fails
   * leaves the others alone.
   *
   * @param system the rows
   * @param t0 start of the interval, finite
   * @param y0 states at the start, row by row. Not modified
   * @param t1 end of the interval, finite, on either side of t0
   * @return how each row ended
   * @throws FjordException with {@link ErrorKey#SHAPE_MISMATCH} if y0 has another number of
   *     components, {@link ErrorKey#INVALID_ARGUMENT} if a time is not finite, {@link
   *     ErrorKey#INVALID_CONFIGURATION} unless {@link #solvesRows}
   */
  public RowSolution solveRows(RowSystem system, double t0, double[] y0, double t1) {
    return RowwiseRun.solve(config, system, new Span(t0, t1), y0, null);
  }

  /**
   * Returns whether rows can have steps of their own: by a Runge-Kutta method that chooses them.
   */
  public boolean solvesRows() {
    return RowwiseRun.supports(config);
  }

  /**
   * Solves from t0 to t1 and keeps the solution between the steps. The steps are those of {@link
   * #solve(OdeSystem, double, double[], double)}. Dormand-Prince 8(5,3) needs three more
   * evaluations for each accepted step, which count; the others need none.
   *
   * @param system the differential equation
   * @param t0 start of the interval, finite
   * @param y0 state at the start. Not modified
   * @param t1 end of the interval, finite, on either side of t0
   * @return the end of the solve and the solution up to there
   * @throws FjordException as {@link #solve(OdeSystem, double, double[], double)}
   */
  public DenseSolution solveDense(OdeSystem system, double t0, double[] y0, double t1) {
    Span span = new Span(t0, t1);
    if (!config.hasTableau()) {
      return HipparchusSolve.solveDense(config, system, span, y0);
    }
    SolverMethod method = StepRows.of(config).method();
    DenseKeeper keeper = new DenseKeeper(method, system.dimension(), span);
    Route route = new Route(t0, t1);
    Solution end = RungeKuttaRun.solve(config, system, route, y0, keeper, null).end();
    return new StoredSteps(span, end, keeper.steps());
  }

  /**
   * Solves from t0 through output times. A step ends at each of them, so that the states there are
   * as accurate as those at steps; the step control goes on behind it with the length of step that
   * it had, and with the derivative that it has. An output time therefore costs at most one step
   * more. (torchdiffeq and others step over output times and interpolate, which costs nothing, is
   * of a lower order, and leaves gradients those of the interpolation.) Equal steps are, between
   * two output times, as long as those of the whole solve or somewhat shorter. A repeated time, or
   * one at the start, costs at most one evaluation. Extrapolation and multistep methods start anew
   * behind each output time, with the longest step that they had before.
   *
   * @param system the differential equation
   * @param t0 start of the interval, finite
   * @param y0 state at the start. Not modified
   * @param outputTimes times to solve to, at least one, each finite, in the order of the solve: not
   *     decreasing or not increasing. Not modified
   * @return the states at the times reached, and how the solve ended
   * @throws FjordException as {@link #solve(OdeSystem, double, double[], double)}, and with {@link
   *     ErrorKey#INVALID_ARGUMENT} if there are no output times or they change direction
   */
  public Trajectory solve(OdeSystem system, double t0, double[] y0, double[] outputTimes) {
    Route route = new Route(t0, outputTimes);
    return config.hasTableau()
        ? RungeKuttaRun.solve(config, system, route, y0, null, null)
        : HipparchusSolve.solve(config, system, route, y0);
  }

  /**
   * Solves from t0 to t1 and looks for events on the way. A step ends at each event; the solve goes
   * on from there with the length of step that it had, or stops, as the event says. To find the
   * time, steps of several lengths are tried, so that an event is as accurate as the solve; a test
   * holds it below eight steps at a simple zero. Extrapolation and multistep methods find events on
   * their dense output instead, at no evaluation. Events within their tolerance of the first one
   * are met together with it.
   *
   * @param system the differential equation
   * @param t0 start of the interval, finite
   * @param y0 state at the start. Not modified
   * @param t1 end of the interval, finite, on either side of t0
   * @param events what to look for
   * @return the end of the solve, and the events met
   * @throws FjordException as {@link #solve(OdeSystem, double, double[], double)}, and with {@link
   *     ErrorKey#NON_FINITE} if an event's function is NaN
   */
  public EventSolution solve(
      OdeSystem system, double t0, double[] y0, double t1, List<Event> events) {
    return solve(config, system, new Span(t0, t1), y0, new EventSearch(events));
  }

  /** Solves and looks for events; what has no tableau is solved as a whole. */
  static EventSolution solve(
      SolverConfig config, OdeSystem system, Span span, double[] initialState, EventSearch events) {
    if (!config.hasTableau()) {
      return HipparchusSolve.solve(config, system, span, initialState, events);
    }
    Route route = new Route(span.start(), span.end());
    Solution end = RungeKuttaRun.solve(config, system, route, initialState, null, events).end();
    return new EventSolution(end, events.found());
  }
}
