package org.fjordflow.core.data;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.Numbers;

/** The cells of one line of a text table; one object is used for all lines of a file. */
final class CsvLine {
  /** Stands for "runs of blanks". */
  private static final char BLANKS = ' ';

  private final String source;
  private final List<String> cells = new ArrayList<>();
  private char separator;
  private long lineNumber;

  CsvLine(String source) {
    this.source = source;
  }

  /** Takes a line apart; the first one decides the separator. */
  void split(String line, long number) {
    lineNumber = number;
    if (line.indexOf('\0') >= 0) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          source + ": line " + number + " is not text; expected numbers as UTF-8 text");
    }
    if (separator == 0) {
      separator = detectSeparator(line);
    }
    cells.clear();
    String text = separator == BLANKS ? line.strip() : line;
    int position = 0;
    while (position <= text.length()) {
      position = skipBlanks(text, position);
      if (position < text.length() && text.charAt(position) == '"') {
        position = quotedCell(text, position);
      } else {
        position = plainCell(text, position);
      }
      if (separator == BLANKS && position == text.length()) {
        break;
      }
      position++;
    }
  }

  int size() {
    return cells.size();
  }

  boolean isHeader() {
    boolean anyName = false;
    for (String cell : cells) {
      if (Numbers.isNumber(cell)) {
        return false;
      }
      anyName |= cell.codePoints().anyMatch(Character::isLetter);
    }
    return anyName;
  }

  List<String> names() {
    List<String> names = new ArrayList<>();
    for (int j = 0; j < cells.size(); j++) {
      names.add(cells.get(j).isBlank() ? "x" + (j + 1) : cells.get(j));
    }
    return names;
  }

  void requireSize(int columns) {
    if (cells.size() != columns) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          source
              + ": line "
              + lineNumber
              + " has "
              + cells.size()
              + " columns, the first has "
              + columns
              + "; every row must have the same number");
    }
  }

  double[] numbers(boolean keepNonFinite) {
    double[] row = new double[cells.size()];
    for (int j = 0; j < row.length; j++) {
      String cell = cells.get(j);
      if (keepNonFinite && cell.isEmpty()) {
        row[j] = Double.NaN;
        continue;
      }
      try {
        row[j] = Numbers.parse(cell);
      } catch (NumberFormatException e) {
        throw notNumber(j, cell, e);
      }
      if (!keepNonFinite && !Double.isFinite(row[j])) {
        throw new FjordException(
            ErrorKey.NON_FINITE,
            place(j)
                + " is "
                + Numbers.printable(cell)
                + ", expected finite numbers; remove such rows or fill them in");
      }
    }
    return row;
  }

  private FjordException notNumber(int column, String cell, NumberFormatException cause) {
    String what = cell.isEmpty() ? " is empty" : " is '" + Numbers.printable(cell) + "'";
    return new FjordException(
        ErrorKey.FILE_DAMAGED, place(column) + what + ", expected a number", cause);
  }

  private String place(int column) {
    return source + ": line " + lineNumber + ", column " + (column + 1);
  }

  private static char detectSeparator(String line) {
    StringBuilder outside = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (!quoted) {
        outside.append(c);
      }
    }
    for (char candidate : new char[] {';', '\t', ','}) {
      if (outside.indexOf(String.valueOf(candidate)) >= 0) {
        return candidate;
      }
    }
    return BLANKS;
  }

  private int skipBlanks(String text, int from) {
    int position = from;
    while (position < text.length()
        && Character.isWhitespace(text.charAt(position))
        && (separator == BLANKS || text.charAt(position) != separator)) {
      position++;
    }
    return position;
  }

  private boolean isSeparator(char c) {
    return separator == BLANKS ? Character.isWhitespace(c) : c == separator;
  }

  private int plainCell(String text, int from) {
    int end = from;
    while (end < text.length() && !isSeparator(text.charAt(end))) {
      end++;
    }
    cells.add(text.substring(from, end).strip());
    return end;
  }

  private int quotedCell(String text, int from) {
    StringBuilder cell = new StringBuilder();
    int position = from + 1;
    while (true) {
      int quote = text.indexOf('"', position);
      if (quote < 0) {
        throw new FjordException(
            ErrorKey.FILE_DAMAGED,
            place(cells.size()) + " opens a quote that its line never closes");
      }
      cell.append(text, position, quote);
      position = quote + 1;
      if (position >= text.length() || text.charAt(position) != '"') {
        break;
      }
      cell.append('"');
      position++;
    }
    int end = position;
    while (end < text.length() && !isSeparator(text.charAt(end))) {
      if (!Character.isWhitespace(text.charAt(end))) {
        throw new FjordException(
            ErrorKey.FILE_DAMAGED, place(cells.size()) + " has text after its closing quote");
      }
      end++;
    }
    cells.add(cell.toString());
    return end;
  }
}
