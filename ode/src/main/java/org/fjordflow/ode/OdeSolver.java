package org.fjordflow.ode;

import java.util.Arrays;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/**
 * Solves initial value problems with Hipparchus' non-stiff methods, in both directions of time. A
 * solver has no state of its own and may be shared by threads; a system is used by the calling
 * thread alone, or, if it is a {@link PartitionedOdeSystem}, by what it runs its parts on. Its
 * Runge-Kutta steps are made part by part, any other system being a single part, and are those that
 * Hipparchus takes.
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
    return solve(config, system, new Span(t0, t1), y0);
  }

  /**
   * Solves from t0 to t1 and keeps the solution between the steps. The steps are those of {@link
   * #solve(OdeSystem, double, double[], double)}, by rounding for a {@link PartitionedOdeSystem},
   * which is solved as a whole. Dormand-Prince 8(5,3) needs three more evaluations for each
   * accepted step, which count; the others need none.
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
    SolverMethod method =
        config instanceof SolverConfig.Fixed fixed
            ? fixed.method()
            : ((SolverConfig.ByTolerance) config).method();
    DenseRecorder recorder = new DenseRecorder(method, system, span);
    Solution end = solve(config, recorder, span, y0, recorder);
    return new DenseSolution(span, end, recorder.steps());
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
    return solve(config, system, new Route(t0, outputTimes), y0);
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

  /**
   * Solves with Hipparchus: a field that knows of stages, and a listener for accepted steps.
   *
   * @param listener told of accepted steps, or null
   */
  static Solution solve(
      SolverConfig config,
      StageField field,
      Span span,
      double[] initialState,
      @Nullable StepListener listener) {
    Solution nothing = withoutSteps(field.dimension(), span, initialState);
    if (nothing != null) {
      return nothing;
    }
    Evaluator evaluator = new Evaluator(field, span, config);
    if (listener != null) {
      listener.begin(evaluator);
    }
    if (!config.hasTableau()) {
      return new InterpolatingRun((SolverConfig.ByTolerance) config, span, evaluator, listener)
          .run(initialState);
    }
    return config instanceof SolverConfig.Fixed fixed
        ? new FixedStepRun(fixed, span, evaluator, listener).run(initialState)
        : new AdaptiveRun((SolverConfig.Adaptive) config, span, evaluator, listener)
            .run(initialState);
  }

  /**
   * Solves part by part, through output times.
   *
   * @param kept takes the accepted steps, or null
   * @param events looks for events, or null
   */
  static Trajectory solve(
      SolverConfig config,
      PartitionedOdeSystem system,
      StepRows rows,
      Route route,
      double[] initialState,
      @Nullable KeptSteps kept,
      @Nullable EventSearch events) {
    Solution nothing = withoutSteps(system.dimension(), route.whole(), initialState);
    if (nothing == null) {
      return new PartitionedRun(config, route, system, rows, kept, events).run(initialState);
    }
    double[][] states = new double[route.size()][];
    for (int i = 0; i < states.length; i++) {
      states[i] = nothing.state().clone();
    }
    return new Trajectory(route.times(), states, nothing);
  }

  /** Solves a system part by part, through output times; anew from each without a tableau. */
  static Trajectory solve(
      SolverConfig config, OdeSystem system, Route route, double[] initialState) {
    if (!config.hasTableau()) {
      return SegmentedRun.solve((SolverConfig.ByTolerance) config, system, route, initialState);
    }
    StepRows rows = StepRows.of(config);
    return solve(config, SinglePart.of(system), rows, route, initialState, null, null);
  }

  /** Solves a system part by part, or without a tableau as a whole, and looks for events. */
  static EventSolution solve(
      SolverConfig config, OdeSystem system, Span span, double[] initialState, EventSearch events) {
    if (!config.hasTableau()) {
      PolynomialSearch search = new PolynomialSearch(events, span);
      search.start(initialState);
      Solution end = solve(config, StageField.of(system), span, initialState, search);
      return new EventSolution(search.end(end), events.found());
    }
    StepRows rows = StepRows.of(config);
    Route route = new Route(span.start(), span.end());
    PartitionedOdeSystem parts = SinglePart.of(system);
    Solution end = solve(config, parts, rows, route, initialState, null, events).end();
    return new EventSolution(end, events.found());
  }

  /** Solves a system by its own parts, or else as one part. */
  static Solution solve(SolverConfig config, OdeSystem system, Span span, double[] initialState) {
    return solve(config, system, new Route(span.start(), span.end()), initialState).end();
  }

  /** Checks the shape, and solves where there is nothing to solve; else returns null. */
  private static @Nullable Solution withoutSteps(int dimension, Span span, double[] initialState) {
    if (initialState.length != dimension) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "The initial state has "
              + initialState.length
              + " components, the system "
              + dimension
              + ": give as many as the system has.");
    }
    if (span.length() > 0 && initialState.length > 0) {
      return null;
    }
    SolveStatus status = SolveStatus.success(span.end());
    double[] state = Arrays.copyOf(initialState, initialState.length);
    return new Solution(span.end(), state, SolveStats.NONE, status);
  }
}
