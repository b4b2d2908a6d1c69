package org.fjordflow.core.data.internal;

import java.util.Locale;
import java.util.Set;

/** Numbers as they are written in text files. */
public final class Numbers {
  private static final int PRINTED_LENGTH = 40;
  private static final Set<String> SPECIAL = Set.of("nan", "inf", "infinity");

  private Numbers() {}

  /** Whether a text is a decimal number, or one of the spellings of NaN and infinity. */
  public static boolean isNumber(String text) {
    char[] stripped = text.strip().toCharArray();
    return isNumber(stripped, 0, stripped.length);
  }

  /** Whether a part of a text is a decimal number, or a spelling of NaN and infinity. */
  public static boolean isNumber(char[] text, int from, int length) {
    int end = from + length;
    int i = from;
    if (i < end && (text[i] == '-' || text[i] == '+')) {
      i++;
    }
    int whole = digits(text, i, end);
    i += whole;
    int fraction = 0;
    if (i < end && text[i] == '.') {
      fraction = digits(text, i + 1, end);
      i += fraction + 1;
    }
    if (whole + fraction == 0) {
      return length >= 3
          && length <= 9
          && isSpecial(new String(text, from, length).toLowerCase(Locale.ROOT));
    }
    if (i < end && (text[i] == 'e' || text[i] == 'E')) {
      i++;
      if (i < end && (text[i] == '-' || text[i] == '+')) {
        i++;
      }
      int exponent = digits(text, i, end);
      return exponent > 0 && i + exponent == end;
    }
    return i == end;
  }

  private static int digits(char[] text, int from, int end) {
    int i = from;
    while (i < end && text[i] >= '0' && text[i] <= '9') {
      i++;
    }
    return i - from;
  }

  private static boolean isSpecial(String text) {
    return SPECIAL.contains(text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text);
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
