package org.fjordflow.ode.internal.adjoint;

import java.util.function.ToDoubleFunction;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.Event;
import org.fjordflow.ode.Solution;

/**
 * The gradient through an event by the implicit function theorem. With the end y(t) of a solve to a
 * fixed time, its derivative y' there, and g(t, y(t)) = 0, the cotangent of y(t) becomes
 *
 * <pre>
 *   L_y - k g_y,   k = (L_t + L_y . y') / (g_t + g_y . y')
 * </pre>
 *
 * <p>(Chen, Amos and Nickel, Learning Neural Event Functions for Ordinary Differential Equations,
 * ICLR 2021, section 3.2, in other letters.)
 *
 * @param stateGradient g_y
 * @param factor k
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
record EventGradient(double[] stateGradient, double factor) {
  /** A rate below this part of the mean rate at which g went to zero is that of a tangent. */
  private static final double SMALLEST_RATE = 1e-6;

  /**
   * Differentiates at an event, the gradients of whose own parameters are accumulated.
   *
   * @param end where the event is
   * @param secant mean rate at which its function went to zero
   * @param slope f there. Not modified
   * @param along returns a cotangent . y'
   * @throws FjordException with {@link ErrorKey#NON_FINITE} if the event is tangential
   */
  static EventGradient at(
      Event event,
      Solution end,
      double secant,
      double[] stateCotangent,
      double timeCotangent,
      double[] slope,
      ToDoubleFunction<double[]> along) {
    Event.Function function = event.function();
    double[] stateGradient = new double[end.state().length];
    double timeGradient = function.gradient(end.time(), end.state(), stateGradient);
    double rate = timeGradient + Cotangents.dot(stateGradient, slope);
    if (rate == 0 || !Double.isFinite(rate) || Math.abs(rate) < SMALLEST_RATE * secant) {
      throw new FjordException(
          ErrorKey.NON_FINITE,
          "Event '"
              + event.name()
              + "' at t = "
              + end.time()
              + " is tangential: its function changes there at a rate of "
              + rate
              + ", so its time has no derivative; use a function that crosses zero.");
    }
    rate = timeGradient + along.applyAsDouble(stateGradient);
    double factor = (timeCotangent + along.applyAsDouble(stateCotangent)) / rate;
    function.accumulateGradient(end.time(), end.state(), -factor);
    return new EventGradient(stateGradient, factor);
  }

  /** Returns the cotangent of the end of a solve to a fixed time. */
  double[] cotangent(double[] stateCotangent) {
    double[] cotangent = stateCotangent.clone();
    for (int d = 0; d < cotangent.length; d++) {
      cotangent[d] -= factor * stateGradient[d];
    }
    return cotangent;
  }
}
