package org.fjordflow.ode.internal.step;

import org.fjordflow.ode.SolveStatus;
import org.fjordflow.ode.internal.event.TriedStep;
import org.jspecify.annotations.Nullable;

/**
 * A tried step of a batch: ends of shorter steps are those of steps taken anew, and states within
 * the step those of the Hermite polynomial of its ends, cubic where the method has the derivative
 * at the end of a step, else quadratic.
 */
final class RetakenStep implements TriedStep {
  private final PartBatch batch;
  private final double s;
  private final double length;
  private double tried;
  private double[] end;
  private double @Nullable [] start;
  private double[] startSlope = {};
  private double[] change = {};
  private double @Nullable [] endSlope;

  RetakenStep(PartBatch batch, double s, double length) {
    this.batch = batch;
    this.s = s;
    this.length = length;
    this.tried = length;
    this.end = batch.end();
  }

  @Override
  public double length() {
    return length;
  }

  @Override
  public double time(double place) {
    return batch.time(s + place);
  }

  @Override
  public double[] end(double place) {
    if (place != tried) {
      polynomial(); // needs what the retaken step overwrites
      batch.reject();
      batch.attempt(s, place);
      SolveStatus overflow = batch.overflow();
      if (overflow != null) {
        throw new SolveStopped(overflow);
      }
      tried = place;
      end = batch.end();
    }
    return end;
  }

  @Override
  public double[] beyond(double place, double more) {
    double[] state = end(place).clone();
    double[] slope = batch.endSlope();
    if (slope == null) {
      slope = batch.evaluate(s + place, state, s, place);
    }
    double h = Math.copySign(more, batch.time(s + length) - batch.time(s));
    for (int d = 0; d < state.length; d++) {
      state[d] += h * slope[d];
    }
    return state;
  }

  @Override
  public double[] inner(double place) {
    double[] from = polynomial();
    double h = batch.time(s + length) - batch.time(s);
    double x = place / length;
    double[] state = new double[from.length];
    for (int d = 0; d < state.length; d++) {
      double first = h * startSlope[d];
      double bend = change[d] - first;
      double twist = endSlope == null ? 0 : h * (startSlope[d] + endSlope[d]) - 2 * change[d];
      // bend x^2 + twist x^2 (x - 1) is zero at the start, and so is its slope.
      state[d] = from[d] + x * (first + x * (bend + (x - 1) * twist));
    }
    return state;
  }

  /** Returns the state at the start, after gathering what the polynomial is made of. */
  private double[] polynomial() {
    if (start == null) {
      start = batch.state();
      startSlope = batch.slope(0);
      endSlope = batch.endSlope();
      change = new double[start.length];
      for (int d = 0; d < change.length; d++) {
        change[d] = end[d] - start[d];
      }
    }
    return start;
  }
}
