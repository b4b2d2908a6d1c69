package org.fjordflow.ode.internal.dense;

import org.hipparchus.ode.EquationsMapper;
import org.hipparchus.ode.ODEStateAndDerivative;
import org.hipparchus.ode.nonstiff.interpolators.EulerStateInterpolator;
import org.hipparchus.ode.nonstiff.interpolators.RungeKuttaStateInterpolator;
import org.hipparchus.ode.sampling.ODEStateInterpolator;

/**
 * Hipparchus' polynomial through one accepted step.
 *
 * @param offset what its own time is short of s
 * @param quadraturePoints number of Gauss points with which an integral over the step is as
 *     accurate as the step
 * @param polynomial the polynomial; it shares no array with the integrator's next steps
 */
public record Interpolant(double offset, int quadraturePoints, ODEStateInterpolator polynomial) {
  /**
   * Returns a straight line.
   *
   * @param s its start
   * @param h its length
   * @param slope the slope. Not modified
   */
  public static Interpolant linear(
      double s, double h, double[] start, double[] end, double[] slope) {
    ODEStateAndDerivative from = new ODEStateAndDerivative(s, start, slope);
    ODEStateAndDerivative to = new ODEStateAndDerivative(s + h, end, slope);
    double[][] slopes = {slope};
    EquationsMapper mapper = DenseKeeper.mapper(start.length);
    return new Interpolant(
        0, 1, new EulerStateInterpolator(true, slopes, from, to, from, to, mapper));
  }

  public double start() {
    return offset + polynomial.getPreviousState().getTime();
  }

  public double end() {
    return offset + polynomial.getCurrentState().getTime();
  }

  /** Returns the state at s, which is that of the steps at and beyond the ends of the step. */
  public double[] state(double s) {
    return at(s).getPrimaryState();
  }

  /** Returns dy/ds at s, likewise. */
  public double[] derivative(double s) {
    return at(s).getPrimaryDerivative();
  }

  private ODEStateAndDerivative at(double s) {
    ODEStateAndDerivative start = polynomial.getPreviousState();
    ODEStateAndDerivative end = polynomial.getCurrentState();
    double time = Math.max(start.getTime(), Math.min(end.getTime(), s - offset));
    if (!(polynomial instanceof RungeKuttaStateInterpolator)) {
      // The polynomials of the others divide by the distance from the start, or from the end.
      if (time == start.getTime()) {
        return start;
      }
      if (time == end.getTime()) {
        return end;
      }
    }
    return polynomial.getInterpolatedState(time);
  }
}
