package org.fjordflow.ode;

import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.nonstiff.ExplicitRungeKuttaIntegrator;
import org.jspecify.annotations.Nullable;

/**
 * One solve with equal steps, by Hipparchus' {@code singleStep}: its integration loop evaluates
 * once more at the end, and may add a tiny last step where the sum of the steps falls short by
 * rounding.
 */
final class FixedStepRun implements OrdinaryDifferentialEquation {
  private final SolverConfig.Fixed config;
  private final Span span;
  private final Evaluator evaluator;
  private final int dimension;
  private final @Nullable StepListener listener;
  private int stage;
  private double stepStart;
  private double step;

  FixedStepRun(
      SolverConfig.Fixed config, Span span, Evaluator evaluator, @Nullable StepListener listener) {
    this.config = config;
    this.span = span;
    this.evaluator = evaluator;
    this.dimension = evaluator.dimension();
    this.listener = listener;
  }

  @Override
  public int getDimension() {
    return dimension;
  }

  @Override
  public double[] computeDerivatives(double s, double[] y) {
    return evaluator.evaluate(stage++, s, y, stepStart, step);
  }

  Solution run(double[] initialState) {
    ExplicitRungeKuttaIntegrator integrator = config.method().stateless();
    StepCounter counter = new StepCounter();
    double[] y = initialState.clone();
    SolveStatus status = SolveStatus.success(span.end());
    try {
      for (int n = 0; n < config.steps(); n++) {
        stepStart = gridPoint(n);
        double stepEnd = gridPoint(n + 1);
        step = stepEnd - stepStart;
        stage = 0;
        double[] next = integrator.singleStep(this, stepStart, y, stepEnd);
        evaluator.stopUnlessFinite(next, stepStart, step);
        if (listener != null) {
          listener.accepted(stepStart, step, y);
        }
        counter.accept(step);
        y = next;
      }
    } catch (SolveStopped stopped) {
      status = stopped.status();
    }
    SolveStats stats =
        counter.stats(evaluator.evaluations(), counter.accepted(), Stepper.HIPPARCHUS, Double.NaN);
    return new Solution(status.time(), y, stats, status);
  }

  private double gridPoint(int n) {
    return n == config.steps() ? span.length() : span.length() * n / config.steps();
  }
}
