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
    EventFunction function,
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
  public static Event stopping(String name, EventFunction function) {
    return new Event(
        name, function, Direction.ANY, true, DEFAULT_TOLERANCE, Double.POSITIVE_INFINITY);
  }

  /**
   * Returns an event in both directions that is noted and passed, with the default tolerance.
   *
   * @param name what messages call it
   * @param function the function
   */
  public static Event passing(String name, EventFunction function) {
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
}
