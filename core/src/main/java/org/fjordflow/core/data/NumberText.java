package org.fjordflow.core.data;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.core.data.internal.Numbers;

/** Cells of text as numbers, written as {@link Tables.ReadOptions} say. */
final class NumberText {
  private final Tables.ReadOptions options;
  private final boolean plain;
  private char[] own = new char[64];
  private double value;

  NumberText(Tables.ReadOptions options) {
    this.options = options;
    this.plain =
        options.decimal() == '.'
            && options.grouping() == Tables.ReadOptions.NONE
            && !options.percent();
  }

  /** Whether a cell is a number; it is then in {@link #value}. */
  boolean read(char[] text, int from, int length) {
    return plain ? parse(text, from, length) : readWritten(text, from, length);
  }

  boolean read(String text) {
    return read(text.toCharArray(), 0, text.length());
  }

  /** The last number that was read. */
  double value() {
    return value;
  }

  private boolean parse(char[] text, int from, int length) {
    if (!mayBeNumber(text, from, length)) {
      return false;
    }
    try {
      value = Numbers.parse(text, from, length);
      return true;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** Tells most texts without an exception. */
  private static boolean mayBeNumber(char[] text, int from, int length) {
    if (length == 0) {
      return false;
    }
    char first = text[from];
    return (first >= '0' && first <= '9')
        || first == '-'
        || first == '.'
        || Numbers.isNumber(text, from, length);
  }

  private boolean readWritten(char[] text, int from, int length) {
    int end = from + length;
    boolean hundredths = options.percent() && length > 0 && text[end - 1] == '%';
    if (hundredths) {
      end--;
      while (end > from && isBlank(text[end - 1])) {
        end--;
      }
    }
    int written = normalise(text, from, end);
    if (written < 0 || !parse(own, 0, written)) {
      return false;
    }
    value = hundredths ? value / 100 : value;
    return true;
  }

  /** Writes a number as Java does; returns its length, or -1 for what is none. */
  private int normalise(char[] text, int from, int end) {
    if (own.length < end - from) {
      own = new char[2 * (end - from)];
    }
    int length = 0;
    int digits = 0; // since the last grouping character, or since the beginning
    boolean grouped = false;
    boolean whole = true;
    for (int i = from; i < end; i++) {
      char c = text[i];
      boolean digit = c >= '0' && c <= '9';
      if (whole && isGrouping(c)) {
        if (digits == 0 || digits > 3 || (grouped && digits != 3)) {
          return -1;
        }
        grouped = true;
        digits = 0;
        continue;
      }
      if (whole && !digit && (length > 0 || (c != '-' && c != '+'))) {
        if (grouped && digits != 3) {
          return -1;
        }
        whole = false;
      }
      if (c == options.decimal()) {
        c = '.';
      } else if (c == '.') {
        return -1;
      }
      digits += digit ? 1 : 0;
      own[length++] = c;
    }
    return whole && grouped && digits != 3 ? -1 : length;
  }

  private boolean isGrouping(char c) {
    char grouping = options.grouping();
    return grouping != Tables.ReadOptions.NONE && (grouping == ' ' ? isBlank(c) : c == grouping);
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\u00A0' || c == '\u202F' || c == '\u2009';
  }

  /**
   * Finds options that read a cell which these do not.
   *
   * @return the shortest of them, as the command has them; more than one where the cell can be read
   *     in two ways; none if no options read it
   */
  List<String> remedies(String cell) {
    List<String> found = new ArrayList<>();
    if (cell.isEmpty() || "0123456789+-.,".indexOf(cell.charAt(0)) < 0) {
      return found;
    }
    int shortest = Integer.MAX_VALUE;
    for (char decimal : new char[] {'.', ','}) {
      for (char grouping : new char[] {Tables.ReadOptions.NONE, ',', '.', ' ', '\''}) {
        for (boolean percent : new boolean[] {false, true}) {
          if (decimal == grouping) {
            continue;
          }
          Tables.ReadOptions other =
              new Tables.ReadOptions(
                  options.missing(),
                  decimal,
                  grouping,
                  percent,
                  options.text(),
                  options.infinite(),
                  options.unpacked());
          int changes = changes(other);
          if (changes <= shortest && new NumberText(other).read(cell)) {
            if (changes < shortest) {
              found.clear();
            }
            shortest = changes;
            found.add(difference(other));
          }
        }
      }
    }
    return found;
  }

  private int changes(Tables.ReadOptions other) {
    return (other.decimal() == options.decimal() ? 0 : 1)
        + (other.grouping() == options.grouping() ? 0 : 1)
        + (other.percent() == options.percent() ? 0 : 1);
  }

  private String difference(Tables.ReadOptions other) {
    StringBuilder said = new StringBuilder();
    if (other.decimal() != options.decimal()) {
      said.append(" --decimal ").append(other.decimal());
    }
    if (other.grouping() != options.grouping()) {
      said.append(" --grouping ").append(shown(other.grouping()));
    }
    if (other.percent() && !options.percent()) {
      said.append(" --percent");
    }
    return said.substring(1);
  }

  private static String shown(char grouping) {
    return switch (grouping) {
      case Tables.ReadOptions.NONE -> "none";
      case ' ' -> "' '";
      case '\'' -> "\"'\"";
      default -> String.valueOf(grouping);
    };
  }
}
