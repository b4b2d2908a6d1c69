package org.fjordflow.core.data;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.core.data.internal.Numbers;

/** What the first line of a text file tells. */
final class CsvHeader {
  /** Stands for "runs of blanks". */
  static final char BLANKS = ' ';

  private CsvHeader() {}

  /**
   * Finds what separates cells.
   *
   * @param line the first line that is neither blank nor a comment
   * @param decimal a comma that is the decimal mark separates nothing between digits
   */
  static char separator(String line, char decimal) {
    StringBuilder outside = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (!quoted) {
        outside.append(c == decimal && betweenDigits(line, i) ? '.' : c);
      }
    }
    for (char candidate : new char[] {';', '\t', ','}) {
      if (outside.indexOf(String.valueOf(candidate)) >= 0) {
        return candidate;
      }
    }
    return BLANKS;
  }

  private static boolean betweenDigits(String line, int i) {
    return i > 0
        && i + 1 < line.length()
        && Character.isDigit(line.charAt(i - 1))
        && Character.isDigit(line.charAt(i + 1));
  }

  /** Whether cells of a first line are names: none is a number, and one has a letter. */
  static boolean isHeader(List<String> cells) {
    boolean anyName = false;
    for (String cell : cells) {
      if (Numbers.isNumber(cell)) {
        return false;
      }
      anyName |= cell.codePoints().anyMatch(Character::isLetter) && !TimeText.any().read(cell);
    }
    return anyName;
  }

  /** Names of columns, each of one line; an empty one becomes {@code x} and its number. */
  static List<String> names(List<String> cells) {
    List<String> names = new ArrayList<>();
    for (int j = 0; j < cells.size(); j++) {
      String name = cells.get(j).replaceAll("\\R", " ");
      names.add(name.isBlank() ? "x" + (j + 1) : name);
    }
    return names;
  }
}
