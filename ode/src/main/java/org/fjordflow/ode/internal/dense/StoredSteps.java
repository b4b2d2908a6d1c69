package org.fjordflow.ode.internal.dense;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.DenseSolution;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.internal.step.Span;

/** The solution between the steps, from Hipparchus' interpolators of the accepted steps. */
public final class StoredSteps implements DenseSolution {
  private final Span span;
  private final Solution end;
  private final List<Interpolant> steps;

  public StoredSteps(Span span, Solution end, List<Interpolant> steps) {
    this.span = span;
    this.end = end;
    this.steps = List.copyOf(steps);
  }

  @Override
  public Solution end() {
    return end;
  }

  @Override
  public double[] stepTimes() {
    double[] times = new double[steps.size() + 1];
    times[0] = span.start();
    for (int i = 1; i < times.length; i++) {
      times[i] = i == steps.size() ? end.time() : span.time(steps.get(i).start());
    }
    return times;
  }

  @Override
  public double[] state(double t) {
    double s = place(t);
    if (steps.isEmpty() || t == end.time()) {
      return end.state().clone();
    }
    return stepAt(s).state(s);
  }

  @Override
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
