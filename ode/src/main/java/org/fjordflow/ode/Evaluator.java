package org.fjordflow.ode;

import java.util.List;
import org.fjordflow.ode.SolveStatus.Outcome;

/** Evaluates dy/ds for one solve: counts, keeps the budget, and stops at values not finite. */
final class Evaluator {
  private final StageField field;
  private final Span span;
  private final SolverConfig config;
  private final MeasuredGroups measured;
  private final double[] derivative;
  private double[] lastState = {};
  private long evaluations;

  Evaluator(StageField field, Span span, SolverConfig config) {
    this.field = field;
    this.span = span;
    this.config = config;
    this.measured = MeasuredGroups.of(config, field.dimension(), field.groups());
    this.derivative = new double[field.dimension()];
  }

  /** Returns what the error norm measures. */
  MeasuredGroups measured() {
    return measured;
  }

  /** Returns what the state consists of. */
  List<ComponentGroup> groups() {
    return field.groups();
  }

  int dimension() {
    return derivative.length;
  }

  long evaluations() {
    return evaluations;
  }

  /** Returns the array of the last derivative; Hipparchus copies what it is given. */
  double[] lastDerivative() {
    return derivative;
  }

  /**
   * Evaluates dy/ds = direction f(t(s), y).
   *
   * @param stage index of the stage
   * @param s where
   * @param y state there
   * @param stepStart start of the step that is being tried
   * @param step its length
   * @return an array that the next evaluation overwrites
   */
  double[] evaluate(int stage, double s, double[] y, double stepStart, double step) {
    if (evaluations >= config.maxEvaluations()) {
      throw stop(Outcome.BUDGET_SPENT, stepStart, step, worstComponent());
    }
    stopUnlessFinite(y, stepStart, step);
    lastState = y;
    evaluations++;
    field.derivatives(stage, span.time(s), y, derivative);
    stopUnlessFinite(derivative, stepStart, step);
    if (span.direction() < 0) {
      for (int i = 0; i < derivative.length; i++) {
        derivative[i] = -derivative[i];
      }
    }
    return derivative;
  }

  /** Stops the solve if a value is not finite. */
  void stopUnlessFinite(double[] values, double stepStart, double step) {
    int component = Components.notFinite(values);
    if (component >= 0) {
      throw stop(Outcome.NON_FINITE, stepStart, step, component);
    }
  }

  SolveStatus status(Outcome outcome, double stepStart, double step, int component) {
    return status(outcome, stepStart, step, component, field.describe(component));
  }

  private SolveStatus status(
      Outcome outcome, double stepStart, double step, int component, String details) {
    return new SolveStatus(
        outcome, span.time(stepStart), span.direction() * step, component, details);
  }

  /** Stops the solve if the tolerance cannot be met at a state. */
  void stopBelowPrecision(double[] state, double stepStart, double step) {
    double precision = field.precision();
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
      String details = measured.below(precision, field.describe(component));
      throw new SolveStopped(status(Outcome.BELOW_PRECISION, stepStart, step, component, details));
    }
  }

  /** Returns the component whose last derivative is largest in units of its tolerance. */
  int worstComponent() {
    return Components.worst(measured.whole(), lastState, derivative);
  }

  private SolveStopped stop(Outcome outcome, double stepStart, double step, int component) {
    return new SolveStopped(status(outcome, stepStart, step, component));
  }
}
