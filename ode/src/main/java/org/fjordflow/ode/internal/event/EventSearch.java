package org.fjordflow.ode.internal.event;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.ode.Event;
import org.hipparchus.analysis.solvers.BracketingNthOrderBrentSolver;
import org.jspecify.annotations.Nullable;

/**
 * Looks for events along one solve. A step that meets one is taken anew so that it ends there: the
 * time is that of a zero of g on the ends of such steps, as a function of their length. So events
 * are as accurate as the method, and a state at one is an ordinary end of a step. The zero is found
 * by Hipparchus' bracketing solver (of fifth order, after Brent 1973), which begins at the zero of
 * a polynomial through the step.
 *
 * <p>Where g reaches zero and stays there, the first zero is found by bisection. Where g is zero at
 * the end of a step, a look just beyond it tells a change of sign from a touch.
 */
public final class EventSearch {
  private static final int MOST_TRIES = 200;
  private static final int ORDER = 5;
  private static final double RELATIVE = 1e-15;
  private static final double SMALLEST_ULPS = 4;
  private static final double GROWTH = 8;

  /**
   * A change of sign within a step.
   *
   * @param at where, from the start of the step
   * @param signAfter the sign behind it, 0 if not known
   * @param secant mean rate at which g went to zero
   */
  private record Crossing(double at, int signAfter, double secant) {}

  private final List<Event> events;
  private final int[] signs;
  private final double[] values;
  private final List<Event.Occurrence> found = new ArrayList<>();
  private double startTime;
  private double secant;
  private @Nullable Event stoppedBy;

  public EventSearch(List<Event> events) {
    this.events = List.copyOf(events);
    this.signs = new int[this.events.size()];
    this.values = new double[this.events.size()];
  }

  /** Looks at the start of the solve. */
  public void start(double time, double[] state) {
    startTime = time;
    for (int i = 0; i < signs.length; i++) {
      look(i, time, state);
    }
  }

  /** Returns the events met so far. */
  public List<Event.Occurrence> found() {
    return found;
  }

  /** Returns the event that is to stop the solve where the last search ended, or null. */
  public @Nullable Event stoppedBy() {
    return stoppedBy;
  }

  /** Returns the mean rate at which the last event's function went to zero. */
  public double secant() {
    return secant;
  }

  /**
   * Looks for the first event in a step.
   *
   * @return the length of the step that ends there, or that of the whole step if there is none; it
   *     has been tried
   */
  public double search(TriedStep step) {
    int count = signs.length;
    @Nullable Crossing[] crossings = new Crossing[count];
    int[] signsAtEnd = new int[count];
    double first = Double.POSITIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      Crossing crossing = firstCrossing(i, step, signsAtEnd);
      crossings[i] = crossing;
      first = crossing == null ? first : Math.min(first, crossing.at());
    }
    boolean meetsOne = first <= step.length();
    double length = meetsOne ? first : step.length();
    double[] end = step.end(length);
    double time = step.time(length);
    for (int i = 0; i < count; i++) {
      Crossing crossing = crossings[i];
      int sign = signsAtEnd[i];
      int before = signs[i];
      look(i, time, end);
      if (crossing != null && crossing.at() <= length + tolerance(i, time)) {
        // Rounding may leave a value of either sign, or of the next event's.
        sign = crossing.signAfter();
        report(events.get(i), time, end, crossing.secant());
      } else if (meetsOne) {
        sign = signs[i] == 0 ? before : signs[i]; // a zero without an event is a touch
      }
      signs[i] = sign;
    }
    return length;
  }

  private void report(Event event, double time, double[] state, double rate) {
    found.add(new Event.Occurrence(event, time, state.clone()));
    if (event.stops() && stoppedBy == null) {
      stoppedBy = event;
      secant = rate;
    }
  }

  private void look(int i, double time, double[] state) {
    Event event = events.get(i);
    values[i] = event.function().value(time, state);
    signs[i] = sign(event, time, values[i]);
  }

  private double tolerance(int i, double time) {
    return Math.max(events.get(i).tolerance(), SMALLEST_ULPS * Math.ulp(time));
  }

  /** Returns the first change of sign that counts, or null with the sign at the end. */
  private @Nullable Crossing firstCrossing(int i, TriedStep step, int[] signsAtEnd) {
    Event event = events.get(i);
    int looks = (int) Math.min(1e6, Math.max(1, Math.ceil(step.length() / event.largestCheck())));
    int sign = signs[i];
    double from = 0;
    boolean wasZero = false;
    for (int n = 1; n <= looks; n++) {
      boolean isEnd = n == looks;
      double to = isEnd ? step.length() : step.length() * n / looks;
      double time = step.time(to);
      double value = event.function().value(time, isEnd ? step.end(to) : step.inner(to));
      int now = sign(event, time, value);
      if (now == 0 && !isEnd && !wasZero) {
        wasZero = true; // a single zero is no change; a second one is a function that stays there
        continue;
      }
      wasZero = now == 0;
      if (sign != 0 && now != sign && includes(event.direction(), sign)) {
        Crossing crossing = locate(i, step, from, to, sign);
        if (crossing == null && isEnd && from > 0 && sign == signs[i]) {
          crossing = locate(i, step, 0, to, sign);
        }
        if (crossing == null) {
          // A touch leaves the sign; a look within the step may not be confirmed by steps.
          sign = isEnd && now != 0 ? now : sign;
          continue;
        }
        double at = step.time(crossing.at());
        if (Math.abs(at - startTime) > tolerance(i, at)) {
          return crossing;
        }
      }
      sign = now;
      from = to;
    }
    signsAtEnd[i] = sign;
    return null;
  }

  /**
   * Finds the zero of g on ends of steps.
   *
   * @param sign sign of g before
   * @return the change of sign, or null if there is none on the steps themselves
   */
  private @Nullable Crossing locate(int i, TriedStep step, double from, double to, int sign) {
    Event event = events.get(i);
    double before = from == 0 ? values[i] : value(event, step, from);
    double after = value(event, step, to);
    double tolerance = Math.max(tolerance(i, step.time(to)), Double.MIN_NORMAL);
    if (after == 0) {
      double first = firstZero(event, step, from, to, tolerance);
      int beyond = first < to ? 0 : signBeyond(event, step, to, tolerance);
      return beyond == sign ? null : new Crossing(first, beyond, Math.abs(before) / (first - from));
    }
    if (from == 0 && before * sign <= 0) {
      before = sign * Double.MIN_NORMAL; // an event was there, and its rounding
    }
    if (!(before * after < 0)) {
      return null;
    }
    double lowest = before;
    BracketingNthOrderBrentSolver solver =
        new BracketingNthOrderBrentSolver(RELATIVE, tolerance, 0, ORDER);
    double guess =
        solver.solve(
            MOST_TRIES,
            x ->
                x == from
                    ? lowest
                    : x == to ? after : event.function().value(step.time(x), step.inner(x)),
            from,
            to);
    double at = Math.min(Math.max(guess, Math.nextUp(from)), Math.nextDown(to));
    if (at > from && at < to) {
      at =
          solver.solve(
              MOST_TRIES,
              x -> x == from ? lowest : x == to ? after : value(event, step, x),
              from,
              to,
              at);
    }
    if (!(at > from)) {
      at = to - from <= tolerance ? to : from + tolerance / 2;
    }
    boolean stays = inner(event, step, at) == 0 && inner(event, step, at - tolerance) == 0;
    if (stays && at - tolerance > from && value(event, step, at) == 0) {
      double first = firstZero(event, step, from, at, tolerance);
      return new Crossing(first, first < at ? 0 : -sign, Math.abs(lowest) / (first - from));
    }
    return new Crossing(at, -sign, Math.abs(lowest) / (at - from));
  }

  /**
   * Returns the first place at which g is zero, given that it is at the end, within the tolerance:
   * the end itself unless g is zero before it too.
   */
  private static double firstZero(
      Event event, TriedStep step, double from, double to, double tolerance) {
    double back = to - tolerance;
    if (!(back > from) || inner(event, step, back) != 0) {
      return to;
    }
    double low = from;
    double high = back;
    while (high - low > Math.ulp(high)) { // on the polynomial, which costs no evaluation
      double middle = low + (high - low) / 2;
      if (inner(event, step, middle) == 0) {
        high = middle;
      } else {
        low = middle;
      }
    }
    double width = tolerance;
    double guess = high;
    if (value(event, step, guess) == 0) {
      high = guess;
      low = Math.max(from, guess - width);
      while (low > from && value(event, step, low) == 0) {
        high = low;
        width *= GROWTH;
        low = Math.max(from, guess - width);
      }
    } else {
      low = guess;
      high = Math.min(back, guess + width);
      while (high < back && value(event, step, high) != 0) {
        low = high;
        width *= GROWTH;
        high = Math.min(back, guess + width);
      }
    }
    while (high - low > tolerance * (1 + RELATIVE)) {
      double middle = low + (high - low) / 2;
      if (!(middle > low && middle < high)) {
        break;
      }
      if (value(event, step, middle) == 0) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }

  /** Returns the sign of g a tolerance beyond the end of a step. */
  private static int signBeyond(Event event, TriedStep step, double length, double tolerance) {
    double time = step.time(length) + (step.time(length) - step.time(0) < 0 ? -1 : 1) * tolerance;
    return sign(event, time, event.function().value(time, step.beyond(length, tolerance)));
  }

  private static double inner(Event event, TriedStep step, double length) {
    return event.function().value(step.time(length), step.inner(length));
  }

  private static double value(Event event, TriedStep step, double length) {
    return event.function().value(step.time(length), step.end(length));
  }

  private static boolean includes(Event.Direction direction, int signBefore) {
    return direction == Event.Direction.ANY
        || (signBefore < 0) == (direction == Event.Direction.RISING);
  }

  /** Returns the sign of g, after checking that it has one. */
  private static int sign(Event event, double t, double value) {
    if (Double.isNaN(value)) {
      throw new FjordException(
          ErrorKey.NON_FINITE,
          "The function of event '"
              + event.name()
              + "' is NaN at t = "
              + t
              + ": it must be a number.");
    }
    return (int) Math.signum(value);
  }
}
