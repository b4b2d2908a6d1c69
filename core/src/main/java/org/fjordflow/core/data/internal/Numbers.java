package org.fjordflow.core.data.internal;

import java.util.Locale;

/** Numbers as they are written in text files. */
public final class Numbers {
  private static final int PRINTED_LENGTH = 40;

  private Numbers() {}

  /** Whether a text is a decimal number, or one of the spellings of NaN and infinity. */
  public static boolean isNumber(String text) {
    try {
      parse(text.strip());
      return true;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /**
   * Reads a number. Stricter than {@link Double#parseDouble}, which takes {@code 1d} and {@code
   * 0x1p3} too, and wider: {@code nan}, {@code inf} and {@code infinity} in any case.
   *
   * @throws NumberFormatException if the text is not a number
   */
  public static double parse(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean decimal =
          (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '+' || c == 'e' || c == 'E';
      if (!decimal) {
        return parseSpecial(text);
      }
    }
    return Double.parseDouble(text);
  }

  private static double parseSpecial(String text) {
    boolean negative = text.startsWith("-");
    String rest = negative || text.startsWith("+") ? text.substring(1) : text;
    return switch (rest.toLowerCase(Locale.ROOT)) {
      case "nan" -> Double.NaN;
      case "inf", "infinity" -> negative ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
      default -> throw new NumberFormatException("not a number");
    };
  }

  /** A text from a file made fit for a message: short, and without control characters. */
  public static String printable(String text) {
    String shown =
        text.length() > PRINTED_LENGTH ? text.substring(0, PRINTED_LENGTH) + "..." : text;
    return shown.replaceAll("\\p{Cntrl}", "?");
  }
}
