package org.fjordflow.ode.internal.step;

import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.hipparchus.util.FastMath;

/**
 * Chooses the lengths of steps as Hipparchus does (EmbeddedRungeKuttaIntegrator,
 * AdaptiveStepsizeIntegrator and StepsizeHelper of 4.0.3), for a solve from 0 to the span's length,
 * but for one thing: the first step is estimated from means of squares over the components, after
 * Hairer, Norsett and Wanner (1993, II.4). Hipparchus takes sums, and so begins the more slowly the
 * longer the state is.
 */
final class StepControl {
  private static final double SAFETY = 0.9;
  private static final double MIN_REDUCTION = 0.2;
  private static final double MAX_GROWTH = 10;

  private final double end;
  private final double smallest;
  private final double largest;
  private final double order;
  private final double first;

  StepControl(SolverConfig.Adaptive config, Span span) {
    this.end = span.length();
    this.largest = Math.min(config.maxStep() > 0 ? config.maxStep() : end, end);
    double wanted = config.minStep() > 0 ? config.minStep() : span.smallestStep();
    this.smallest = Math.min(wanted, largest);
    this.order = config.method().order();
    this.first =
        config.firstStep() == 0 ? 0 : Math.min(Math.max(config.firstStep(), smallest), largest);
  }

  double smallest() {
    return smallest;
  }

  double largest() {
    return largest;
  }

  /** Returns the length of the first step that was asked for, or 0. */
  double first() {
    return first;
  }

  /**
   * Returns the length of the Euler step that is tried to estimate the second derivative.
   *
   * @param state mean of squares of the state in units of its tolerance
   * @param slope the same of the derivative
   */
  double trial(double state, double slope) {
    double h = state < 1.0e-10 || slope < 1.0e-10 ? 1.0e-6 : 0.01 * Math.sqrt(state / slope);
    return Math.min(h, largest);
  }

  /**
   * Returns the length of the first step.
   *
   * @param trial length of the trial step
   * @param slope mean of squares of the derivative in units of the state's tolerance
   * @param change the same of the derivative's change over the trial step
   */
  double estimate(double trial, double slope, double change) {
    double size = Math.max(Math.sqrt(slope), Math.sqrt(change) / trial);
    double h =
        size < 1.0e-15 ? Math.max(1.0e-6, 0.001 * trial) : FastMath.pow(0.01 / size, 1.0 / order);
    h = Math.min(100.0 * trial, h);
    return Math.min(Math.max(h, smallest), largest);
  }

  /** Returns a step within the bounds. */
  double bounded(double step) {
    return Math.min(Math.max(step, smallest), largest);
  }

  /**
   * Returns the length of step that another interval may begin with after an accepted step.
   *
   * @param wanted the length that the accepted step would have had without an end in its way
   * @param step the length that it had
   * @param error the norm of its error
   */
  static double carry(SolverMethod method, double wanted, double step, double error) {
    double factor = factor(error, method.order());
    // The error of a much shorter step says no more than that a longer one will do.
    return step < wanted && factor >= MAX_GROWTH ? Math.max(wanted, step * factor) : step * factor;
  }

  /** Returns a step that does not lead beyond the end. */
  double clip(double s, double step) {
    return s + step >= end ? end - s : step;
  }

  /** Returns the step to try after a rejected one, or 0 if it would be below the smallest. */
  double shorter(double step, double error) {
    return filter(step * factor(error), false);
  }

  /** Returns the step after an accepted one that led to s, or 0 if it would be too small. */
  double next(double s, double step, double error) {
    double scaled = step * factor(error);
    double filtered = filter(scaled, s + scaled >= end);
    return filtered > 0 && s + filtered >= end ? end - s : filtered;
  }

  boolean isEnd(double s) {
    return Math.abs(s - end) < Math.ulp(end);
  }

  private double factor(double error) {
    return factor(error, order);
  }

  private static double factor(double error, double order) {
    double wanted = SAFETY * FastMath.pow(error, -1 / order);
    return Math.min(MAX_GROWTH, Math.max(MIN_REDUCTION, wanted));
  }

  private double filter(double step, boolean acceptSmall) {
    if (step < smallest) {
      return acceptSmall ? smallest : 0;
    }
    return Math.min(step, largest);
  }
}
