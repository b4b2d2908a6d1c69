package org.fjordflow.core.data;

import java.io.IOException;
import java.io.Reader;
import java.util.Arrays;

/** A text whose first line can be seen before it is read. A byte order mark is left out. */
final class HeadReader extends Reader {
  /** A quote that reaches farther is taken for one that is never closed, in characters. */
  private static final int LONGEST_QUOTE = 1 << 16;

  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final Reader in;
  private char[] head = new char[1 << 13];
  private int next;
  private int end;

  HeadReader(Reader in) throws IOException {
    this.in = in;
    if (fill() && head[0] == BYTE_ORDER_MARK) {
      next++;
    }
  }

  /** Reads more behind what there is; false at the end. */
  private boolean fill() throws IOException {
    if (end == head.length) {
      head = Arrays.copyOf(head, 2 * head.length);
    }
    int read = in.read(head, end, head.length - end);
    end += Math.max(0, read);
    return read > 0;
  }

  /**
   * Returns the first line that is neither blank nor a comment, with what its quotes reach over;
   * empty where there is none.
   */
  String firstLine() throws IOException {
    int start = next;
    int position = next;
    while (true) {
      while (position < end && head[position] != '\n' && head[position] != '\r') {
        position++;
      }
      if (position == end && fill()) {
        continue;
      }
      String line = new String(head, start, position - start);
      if (opensQuote(line) && position < end && position - start < LONGEST_QUOTE) {
        position++;
        continue;
      }
      if (!line.isBlank() && !line.startsWith("#")) {
        return line;
      }
      if (position == end) {
        return "";
      }
      start = ++position;
    }
  }

  private static boolean opensQuote(String line) {
    return !line.startsWith("#") && line.chars().filter(c -> c == '"').count() % 2 == 1;
  }

  @Override
  public int read(char[] into, int from, int length) throws IOException {
    if (next == end) {
      return in.read(into, from, length);
    }
    int copied = Math.min(length, end - next);
    System.arraycopy(head, next, into, from, copied);
    next += copied;
    return copied;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
