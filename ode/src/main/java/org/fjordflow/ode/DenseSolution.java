package org.fjordflow.ode;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * A solve with its solution at all times in between, from Hipparchus' interpolators of the accepted
 * steps. It is continuous and passes through the ends of the steps, but for Adams methods, whose
 * polynomials meet the ends of their steps and miss the starts by about the tolerance.
 *
 * <p>Memory: the derivatives at all stages of every step, and the states at both ends ({@code
 * tableau().stages() + 4} arrays of the state's length a step; 5 to 22 for extrapolation, and
 * {@code previousSteps + 4} for Adams methods). Not modified after the solve, and safe for several
 * threads.
 */
public final class DenseSolution {
  private final Span span;
  private final Solution end;
  private final List<Interpolant> steps;

  DenseSolution(Span span, Solution end, List<Interpolant> steps) {
    this.span = span;
    this.end = end;
    this.steps = List.copyOf(steps);
  }

  /** Returns the end of the solve, which may be a failure; its statistics are those of all. */
  public Solution end() {
    return end;
  }

  /**
   * Returns the times of the steps' ends, from the start of the solve to the time reached: one more
   * than there are steps.
   */
  public double[] stepTimes() {
    double[] times = new double[steps.size() + 1];
    times[0] = span.start();
    for (int i = 1; i < times.length; i++) {
      times[i] = i == steps.size() ? end.time() : span.time(steps.get(i).start());
    }
    return times;
  }

  /**
   * Returns the state at a time; the caller's own array.
   *
   * @param t time from the start of the interval to {@code end().time()}, both included
   * @throws FjordException with {@link ErrorKey#INVALID_ARGUMENT} for a time outside
   */
  public double[] state(double t) {
    double s = place(t);
    if (steps.isEmpty() || t == end.time()) {
      return end.state().clone();
    }
    return stepAt(s).state(s);
  }

  /**
   * Returns dy/dt of the interpolated solution at a time; the caller's own array. It is of one
   * order less than the state.
   *
   * @param t time from the start of the interval to {@code end().time()}, both included
   * @throws FjordException with {@link ErrorKey#INVALID_ARGUMENT} for a time outside, or where the
   *     solve made no step
   */
  public double[] derivative(double t) {
    double s = place(t);
    if (steps.isEmpty()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "The solve made no step and has no derivative: evaluate the system at t = " + t + ".");
    }
    double[] derivative = stepAt(s).derivative(s);
    for (int i = 0; i < derivative.length; i++) {
      derivative[i] *= span.direction();
    }
    return derivative;
  }

  private double place(double t) {
    double low = Math.min(span.start(), end.time());
    double high = Math.max(span.start(), end.time());
    if (!(t >= low && t <= high)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "t = "
              + t
              + " is outside of what was solved: give a time from "
              + low
              + " to "
              + high
              + ".");
    }
    return t == span.end() ? span.length() : span.direction() * (t - span.start());
  }

  /** Returns the last step that starts at s or before. */
  private Interpolant stepAt(double s) {
    int from = 0;
    int to = steps.size();
    while (to - from > 1) {
      int middle = (from + to) >>> 1;
      if (steps.get(middle).start() <= s) {
        from = middle;
      } else {
        to = middle;
      }
    }
    return steps.get(from);
  }
}
