package org.fjordflow.cli.compare;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;

/**
 * How long each model is trained: for a time, or for a number of steps, which can be repeated.
 *
 * @param seconds of training with its validations, 0 where steps are counted
 * @param steps of training, 0 where the time is
 */
public record Budget(double seconds, long steps) {

  private static final Pattern TIME = Pattern.compile("(\\d{1,9}(?:\\.\\d{1,9})?)(s|m|h|)");

  /**
   * Checks that one of the two is given.
   *
   * @throws FjordException INVALID_ARGUMENT if neither or both are
   */
  public Budget {
    if (!(seconds >= 0) || steps < 0 || (seconds > 0) == (steps > 0)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "a budget of %s seconds and %d steps; expected one of them, positive"
              .formatted(seconds, steps));
    }
  }

  /**
   * Reads a time.
   *
   * @param text such as {@code 90s}, {@code 5m}, {@code 1.5h}; a number alone is in seconds
   * @throws FjordException INVALID_ARGUMENT for anything else
   */
  public static Budget time(String text) {
    Matcher matcher = TIME.matcher(text);
    if (matcher.matches() && Double.parseDouble(matcher.group(1)) > 0) {
      double unit =
          switch (matcher.group(2)) {
            case "m" -> 60;
            case "h" -> 3600;
            default -> 1;
          };
      return new Budget(unit * Double.parseDouble(matcher.group(1)), 0);
    }
    throw new FjordException(
        ErrorKey.INVALID_ARGUMENT,
        "a budget of '" + text + "'; expected a time such as 90s, 5m or 1.5h");
  }

  /** Returns whether the time is counted. */
  boolean isTime() {
    return seconds > 0;
  }

  @Override
  public String toString() {
    return isTime() ? String.format(Locale.ROOT, "%.6g s", seconds) : steps + " steps";
  }
}
