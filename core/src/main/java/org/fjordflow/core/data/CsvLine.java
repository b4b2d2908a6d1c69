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
  private final char decimal;
  private char separator;
  private long lineNumber;

  CsvLine(CellRules rules) {
    this.source = rules.source();
    this.decimal = rules.options().decimal();
  }

  /** Takes a line apart; the first one decides the separator. */
  void split(String line, long number) {
    lineNumber = number;
    if (line.indexOf('\0') >= 0) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          source + ": line " + number + " is not text; expected a table as UTF-8 text");
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
      anyName |= cell.codePoints().anyMatch(Character::isLetter) && !TimeText.any().read(cell);
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

  /** Reads the cells by their columns. */
  double[] read(ColumnText[] columns) {
    double[] row = new double[columns.length];
    for (int j = 0; j < row.length; j++) {
      String cell = cells.get(j);
      row[j] = columns[j].read(cell.toCharArray(), 0, cell.length(), lineNumber);
    }
    return row;
  }

  private String place(int column) {
    return source + ": line " + lineNumber + ", column " + (column + 1);
  }

  private char detectSeparator(String line) {
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
