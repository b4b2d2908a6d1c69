package org.fjordflow.ode.internal.step;

import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.hipparchus.util.FastMath;

/**
 * Chooses the lengths of steps as Hipparchus does (EmbeddedRungeKuttaIntegrator,
 * AdaptiveStepsizeIntegrator and StepsizeHelper of 4.0.3), for a solve from 0 to the span's length,
 * but for one thing: the first step.
 *
 * <p>The first step is estimated from the sizes of the state y, of its derivative and of the second
 * derivative, which an Euler step gives, each the root mean square in units of the tolerance.
 * Hairer, Norsett and Wanner (1993, II.4) take the larger derivative for that of the method's order
 * p. Here that one is extrapolated: the three sizes, taken as a geometric sequence (a fit of their
 * logarithms), give the size Y of the p-th derivative. The error estimates of the 5(4) methods are
 * a tenth of the term of order p of Taylor's series for y' = y (97/1200 and 1/10 of it), so that
 *
 * <pre>
 *   error(h) = h^p Y / (10 p!).
 * </pre>
 *
 * The step is the one with error 1 if Y were greater by the factor {@link #UNCERTAINTY} for each
 * order that is extrapolated. What is seen at the start says nothing of what comes later, so the
 * second derivative is taken to be at least what would double the first one, or halve it, over the
 * interval, and the step is at most {@link #LARGEST_PART} of the interval, or {@link
 * #ROW_LARGEST_PART}. Hipparchus takes sums of squares, and so begins the more slowly the longer
 * the state is.
 */
final class StepControl {
  private static final double SAFETY = 0.9;
  private static final double MIN_REDUCTION = 0.2;
  private static final double MAX_GROWTH = 10;

  /** The trial step changes the state by this part of its size. */
  private static final double TRIAL = 0.1;

  /** The first step is at most so many times as long as the trial step, and as short. */
  private static final double TRIALS = 200;

  /** From flows and DETEST, for orders 5 and 8: few first steps are rejected, few are short. */
  private static final double UNCERTAINTY = 2.3;

  /**
   * The same for a row and methods of order 5: a step that is rejected costs this row alone. From
   * the evaluations that trained flows take ({@code bench/row-steps}). At order 8 the worst row's
   * error grows with so long a step.
   */
  private static final double ROW_UNCERTAINTY = 1.5;

  private static final int LOW_ORDER = 5;

  /** The error of a step, in terms of Taylor's series. */
  private static final double ERROR_TERM = 0.1;

  /** The part of the interval that an estimated first step may take. */
  private static final double LARGEST_PART = 0.5;

  /**
   * The same for a row and methods of order 5. The error estimate of a longer first step says
   * little: some such steps are accepted by chance, others are rejected.
   */
  private static final double ROW_LARGEST_PART = 1.0 / 3;

  /** A size in units of the tolerance, below which it says nothing. */
  private static final double NOTHING = 1e-5;

  private final double end;
  private final double smallest;
  private final double largest;
  private final double order;
  private final double first;
  private final double uncertainty;
  private final double largestPart;

  /** Returns the control of a solve whose components share steps. */
  static StepControl shared(SolverConfig.Adaptive config, Span span) {
    return new StepControl(config, span, UNCERTAINTY, LARGEST_PART);
  }

  /** Returns the control of rows that have steps of their own. */
  static StepControl ofRows(SolverConfig.Adaptive config, Span span) {
    boolean low = config.method().order() <= LOW_ORDER;
    return low
        ? new StepControl(config, span, ROW_UNCERTAINTY, ROW_LARGEST_PART)
        : new StepControl(config, span, UNCERTAINTY, LARGEST_PART);
  }

  private StepControl(
      SolverConfig.Adaptive config, Span span, double uncertainty, double largestPart) {
    this.uncertainty = uncertainty;
    this.largestPart = largestPart;
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
    double h = saysNothing(state, slope) ? 1.0e-6 : TRIAL * Math.sqrt(state / slope);
    return Math.min(h, largest);
  }

  /**
   * Returns the length of the first step.
   *
   * @param trial length of the trial step
   * @param state mean of squares of the state in units of its tolerance
   * @param slope the same of the derivative
   * @param change the same of the derivative's change over the trial step; very large if that was
   *     not finite
   */
  double estimate(double trial, double state, double slope, double change) {
    double bend = Math.sqrt(change) / trial;
    if (saysNothing(state, slope)) {
      return bounded(Math.min(100 * trial, fromLarger(trial, Math.sqrt(slope), bend)));
    }
    double speed = Math.sqrt(slope);
    double error = ERROR_TERM * taylor(Math.sqrt(state), speed, Math.max(bend, speed / end));
    double h = FastMath.pow(error * FastMath.pow(uncertainty, order - 2), -1 / order);
    double within = Math.min(trial * TRIALS, largestPart * end);
    return bounded(Math.min(Math.max(h, trial / TRIALS), within));
  }

  private static boolean saysNothing(double state, double slope) {
    return state < NOTHING * NOTHING || slope < NOTHING * NOTHING;
  }

  /** The step of Hairer, Norsett and Wanner. */
  private double fromLarger(double trial, double slope, double bend) {
    double size = Math.max(slope, bend);
    return size < 1.0e-15
        ? Math.max(1.0e-6, 0.001 * trial)
        : FastMath.pow(0.01 / size, 1.0 / order);
  }

  /** Returns the coefficient of h^p in Taylor's series, extrapolated from the first three sizes. */
  private double taylor(double state, double slope, double bend) {
    double ratio = Math.sqrt(bend / state);
    double coefficient = FastMath.cbrt(state * slope * bend);
    for (int k = 2; k <= order; k++) {
      coefficient *= ratio / k;
    }
    return coefficient;
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
