package org.fjordflow.ode;

import org.fjordflow.ode.SolveStatus.Outcome;

/** Evaluates dy/ds for one solve: counts, keeps the budget, and stops at values not finite. */
final class Evaluator {
  private final StageField field;
  private final Span span;
  private final SolverConfig config;
  private final double[] derivative;
  private double[] lastState = {};
  private long evaluations;

  Evaluator(StageField field, Span span, SolverConfig config) {
    this.field = field;
    this.span = span;
    this.config = config;
    this.derivative = new double[field.dimension()];
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
    int infinite = -1;
    for (int i = 0; i < values.length; i++) {
      if (!Double.isFinite(values[i])) {
        if (Double.isNaN(values[i])) {
          throw stop(Outcome.NON_FINITE, stepStart, step, i);
        }
        infinite = infinite < 0 ? i : infinite;
      }
    }
    if (infinite >= 0) {
      throw stop(Outcome.NON_FINITE, stepStart, step, infinite);
    }
  }

  SolveStatus status(Outcome outcome, double stepStart, double step, int component) {
    return new SolveStatus(outcome, span.time(stepStart), span.direction() * step, component);
  }

  /** Returns the component whose last derivative is largest in units of its tolerance. */
  int worstComponent() {
    int worst = -1;
    double largest = -1;
    for (int i = 0; i < lastState.length; i++) {
      double tolerance = config.atol() + config.rtol() * Math.abs(lastState[i]);
      double size = Math.abs(derivative[i]) / Math.max(tolerance, Double.MIN_NORMAL);
      if (size > largest) {
        largest = size;
        worst = i;
      }
    }
    return worst;
  }

  private SolveStopped stop(Outcome outcome, double stepStart, double step, int component) {
    return new SolveStopped(status(outcome, stepStart, step, component));
  }
}
