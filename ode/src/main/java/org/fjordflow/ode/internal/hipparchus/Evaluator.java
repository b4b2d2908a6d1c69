package org.fjordflow.ode.internal.hipparchus;

import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.SolveStatus;
import org.fjordflow.ode.SolveStatus.Outcome;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.internal.step.Components;
import org.fjordflow.ode.internal.step.Kernels;
import org.fjordflow.ode.internal.step.MeasuredGroups;
import org.fjordflow.ode.internal.step.SolveStopped;
import org.fjordflow.ode.internal.step.Span;

/** Evaluates dy/ds for one solve: counts, keeps the budget, and stops at values not finite. */
public final class Evaluator {
  private static final String FIELD_IS_FINITE =
      "every value of the field so far is finite, the state that the method made of them is not";

  private final OdeSystem system;
  private final Span span;
  private final SolverConfig config;
  private final MeasuredGroups measured;
  private final double[] derivative;
  private double[] lastState = {};
  private long evaluations;

  public Evaluator(OdeSystem system, Span span, SolverConfig config) {
    this.system = system;
    this.span = span;
    this.config = config;
    this.measured = MeasuredGroups.of(config, system.dimension(), system.groups());
    this.derivative = new double[system.dimension()];
  }

  public int dimension() {
    return derivative.length;
  }

  public long evaluations() {
    return evaluations;
  }

  /** Returns the array of the last derivative; Hipparchus copies what it is given. */
  public double[] lastDerivative() {
    return derivative;
  }

  /**
   * Evaluates dy/ds = direction f(t(s), y).
   *
   * @param s where
   * @param y state there
   * @param stepStart start of the step that is being tried
   * @param step its length
   * @return an array that the next evaluation overwrites
   */
  public double[] evaluate(double s, double[] y, double stepStart, double step) {
    if (evaluations >= config.maxEvaluations()) {
      throw stop(Outcome.BUDGET_SPENT, stepStart, step, worstComponent());
    }
    int made = Components.notFinite(y);
    if (made >= 0) {
      String said = system.describe(made);
      String details = (said.isEmpty() ? "" : said + "; ") + FIELD_IS_FINITE;
      throw new SolveStopped(status(Outcome.NON_FINITE, stepStart, step, made, details));
    }
    lastState = y;
    evaluations++;
    system.derivatives(span.time(s), y, derivative);
    stopUnlessFinite(derivative, stepStart, step);
    if (span.direction() < 0) {
      for (int i = 0; i < derivative.length; i++) {
        derivative[i] = -derivative[i];
      }
    }
    return derivative;
  }

  /** Stops the solve if a value is not finite. */
  public void stopUnlessFinite(double[] values, double stepStart, double step) {
    int component = Components.notFinite(values);
    if (component >= 0) {
      throw stop(Outcome.NON_FINITE, stepStart, step, component);
    }
  }

  public SolveStatus status(Outcome outcome, double stepStart, double step, int component) {
    return status(outcome, stepStart, step, component, system.describe(component));
  }

  private SolveStatus status(
      Outcome outcome, double stepStart, double step, int component, String details) {
    return new SolveStatus(
        outcome, span.time(stepStart), span.direction() * step, component, details);
  }

  /** Stops the solve if the tolerance cannot be met at a state. */
  public void stopBelowPrecision(double[] state, double stepStart, double step) {
    double precision = system.precision();
    if (!measured.mayBeBelow(precision)) {
      return;
    }
    double squares = 0;
    for (MeasuredGroups.Range range : measured.whole()) {
      squares +=
          Kernels.squares(state, state, range.atol(), range.rtol(), range.from(), range.to());
    }
    if (measured.isBelow(precision, squares)) {
      int component = Components.worst(measured.whole(), state, state);
      String details = measured.below(precision, system.describe(component));
      throw new SolveStopped(status(Outcome.BELOW_PRECISION, stepStart, step, component, details));
    }
  }

  /**
   * Returns the root mean square of an error in units of the tolerance.
   *
   * @param error the error by component; squares take its place. Modified
   * @param start state at the start of the step. Not modified
   * @param end state at its end. Not modified
   */
  public double norm(double[] error, double[] start, double[] end) {
    double sum = 0;
    for (MeasuredGroups.Range range : measured.whole()) {
      Kernels.squareRatios(
          error, 1, start, end, range.atol(), range.rtol(), range.from(), range.to());
      sum = Kernels.addAll(sum, error, range.from(), range.to());
    }
    return Math.sqrt(sum / measured.components());
  }

  /** Returns the component whose last derivative is largest in units of its tolerance. */
  public int worstComponent() {
    return Components.worst(measured.whole(), lastState, derivative);
  }

  private SolveStopped stop(Outcome outcome, double stepStart, double step, int component) {
    return new SolveStopped(status(outcome, stepStart, step, component));
  }
}
