package org.fjordflow.core.data;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;

/**
 * Text in which each run of blanks outside quotes is one blank, and no line begins or ends with
 * one.
 */
final class BlanksReader extends FilterReader {
  private final char[] given = new char[1 << 13];
  private int next;
  private int end;
  private boolean lineBegins = true;
  private boolean blank;
  private boolean quoted;

  /** Whether a quote that comes next opens: at the beginning of a cell, or it is a doubled one. */
  private boolean cellBegins;

  /** Where what was read ended: a blank that has to be given before the next character. */
  private int pending = -1;

  BlanksReader(Reader in) {
    super(in);
  }

  @Override
  public int read() throws IOException {
    if (pending >= 0) {
      int c = pending;
      pending = -1;
      return c;
    }
    while (true) {
      if (next == end) {
        end = Math.max(0, in.read(given, 0, given.length));
        next = 0;
        if (end == 0) {
          return -1;
        }
      }
      char c = given[next++];
      boolean lineEnds = c == '\n' || c == '\r';
      if (!quoted && Character.isWhitespace(c) && !lineEnds) {
        blank = true;
        continue;
      }
      boolean separated = blank && !lineBegins && !lineEnds;
      if (c == '"' && (quoted || cellBegins || lineBegins || blank)) {
        quoted = !quoted; // twice for a quote that is doubled
        cellBegins = !quoted;
      } else {
        cellBegins = false;
      }
      blank = false;
      lineBegins = lineEnds && !quoted;
      if (separated) {
        pending = c;
        return ' ';
      }
      return c;
    }
  }

  @Override
  public int read(char[] into, int from, int length) throws IOException {
    int written = 0;
    while (written < length) {
      int c = read();
      if (c < 0) {
        break;
      }
      into[from + written++] = (char) c;
    }
    return written == 0 && length > 0 ? -1 : written;
  }
}
