package org.fjordflow.ode;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * A change of sign to look for along a solution.
 *
 * <p>The sign is looked at where steps end, and within steps where they are longer than {@link
 * #largestCheck}. Two changes between two looks are not seen.
 *
 * <p>A function that reaches zero and stays there has one event, at its first zero; that it leaves
 * zero again is none. Within a step it stays there if two looks find it zero. A function that only
 * touches zero and goes back has none.
 *
 * <p>A function that is zero at the start of a solve has its sign from the first look at which it
 * is not. A change within the tolerance of the start is not an event: it is the one the solve
 * starts from.
 *
 * @param name what messages call it
 * @param function the function
 * @param direction which changes count, in the direction of the solve
 * @param stops whether the solve ends there
 * @param tolerance largest error of the time, in units of time, positive; not less than some units
 *     in the last place of the time can be had
 * @param largestCheck largest interval of time between two looks, positive; infinite to look where
 *     steps end and nowhere else
 */
public record Event(
    String name,
    Function function,
    Direction direction,
    boolean stops,
    double tolerance,
    double largestCheck) {

  /** Changes of sign, as seen in the direction of the solve. */
  public enum Direction {
    /** From negative to positive. */
    RISING,
    /** From positive to negative. */
    FALLING,
    /** Both. */
    ANY
  }

  /** The tolerance unless said otherwise. */
  public static final double DEFAULT_TOLERANCE = 1e-10;

  /**
   * Checks the values.
   *
   * @throws FjordException with {@link ErrorKey#INVALID_CONFIGURATION} if one is outside its range
   */
  public Event {
    require(tolerance > 0 && Double.isFinite(tolerance), "tolerance", tolerance, "and finite");
    require(largestCheck > 0, "largestCheck", largestCheck, "or infinite");
  }

  /**
   * Returns an event in both directions that ends the solve, with the default tolerance.
   *
   * @param name what messages call it
   * @param function the function
   */
  public static Event stopping(String name, Function function) {
    return new Event(
        name, function, Direction.ANY, true, DEFAULT_TOLERANCE, Double.POSITIVE_INFINITY);
  }

  /**
   * Returns an event in both directions that is noted and passed, with the default tolerance.
   *
   * @param name what messages call it
   * @param function the function
   */
  public static Event passing(String name, Function function) {
    return new Event(
        name, function, Direction.ANY, false, DEFAULT_TOLERANCE, Double.POSITIVE_INFINITY);
  }

  /**
   * Returns this event in another direction.
   *
   * @param other which changes count
   */
  public Event withDirection(Direction other) {
    return new Event(name, function, other, stops, tolerance, largestCheck);
  }

  /**
   * Returns this event with another tolerance.
   *
   * @param time largest error of the time
   */
  public Event withTolerance(double time) {
    return new Event(name, function, direction, stops, time, largestCheck);
  }

  /**
   * Returns this event with another interval between looks.
   *
   * @param interval largest interval of time between two looks
   */
  public Event withLargestCheck(double interval) {
    return new Event(name, function, direction, stops, tolerance, interval);
  }

  private static void require(boolean holds, String what, double given, String more) {
    if (!holds) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "Event." + what + " is " + given + ": it must be positive " + more + ".");
    }
  }

  /**
   * An event that a solve met.
   *
   * @param event which
   * @param time when, within the event's tolerance of the zero of g along the numerical solution
   * @param state the state then, the end of a step; the caller's own array
   */
  @SuppressWarnings("ArrayRecordComponent") // states are large and handed over, not compared
  public record Occurrence(Event event, double time, double[] state) {}

  /** A scalar function g(t, y) whose changes of sign along a solution are events. */
  @FunctionalInterface
  public interface Function {
    /**
     * Evaluates the function, which is continuous and has no sign of its own at its zeros.
     *
     * @param t time
     * @param y the whole state. Not modified, and not to be kept
     * @return g(t, y), finite
     */
    double value(double t, double[] y);

    /**
     * Differentiates the function; needed for gradients through an event.
     *
     * @param t time
     * @param y the whole state. Not modified, and not to be kept
     * @param yBar overwritten with dg/dy. Modified
     * @return dg/dt
     * @throws FjordException with {@link ErrorKey#UNSUPPORTED} unless implemented
     */
    default double gradient(double t, double[] y, double[] yBar) {
      throw new FjordException(
          ErrorKey.UNSUPPORTED,
          "This event function has no derivatives: implement Event.Function.gradient for gradients.");
    }

    /**
     * Adds factor times dg/dtheta to the accumulators of the function's own parameters. Does
     * nothing unless implemented: a function without parameters.
     *
     * @param t time
     * @param y the whole state. Not modified, and not to be kept
     * @param factor factor of the addition, of any sign
     */
    default void accumulateGradient(double t, double[] y, double factor) {
      // No parameters.
    }
  }
}
