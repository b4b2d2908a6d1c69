package org.fjordflow.core.data.internal;

import ch.randelshofer.fastdoubleparser.JavaDoubleParser;
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
    return SPECIAL.contains(
        text.startsWith("-") || text.startsWith("+") ? text.substring(1) : text);
  }

  /**
   * Reads a part of a text. Stricter than {@link Double#parseDouble}, which takes {@code 1d} and
   * {@code 0x1p3} too, and wider: {@code nan}, {@code inf} and {@code infinity} in any case. The
   * bits are the same.
   *
   * @throws NumberFormatException if it is no number
   */
  public static double parse(char[] text, int from, int length) {
    char last = length == 0 ? ' ' : text[from + length - 1];
    boolean decimal = (last >= '0' && last <= '9') || last == '.';
    if (decimal && !isHexadecimal(text, from, length)) {
      return JavaDoubleParser.parseDouble(text, from, length);
    }
    if (!isNumber(text, from, length)) {
      throw new NumberFormatException("not a number");
    }
    return last == 'n' || last == 'N'
        ? Double.NaN
        : text[from] == '-' ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }

  private static boolean isHexadecimal(char[] text, int from, int length) {
    return length > 2
        && (text[from + 1] == 'x'
            || text[from + 1] == 'X'
            || text[from + 2] == 'x'
            || text[from + 2] == 'X');
  }

  /** A text from a file made fit for a message: short, and without control characters. */
  public static String printable(String text) {
    String shown =
        text.length() > PRINTED_LENGTH ? text.substring(0, PRINTED_LENGTH) + "..." : text;
    return shown.replaceAll("\\p{Cntrl}", "?");
  }
}
