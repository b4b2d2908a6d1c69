package org.fjordflow.core.data;

import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;

/** How the numbers of a column are written. */
@FunctionalInterface
interface CellText {
  /** Returns a cell as text; empty where a label or a time is missing. */
  String text(double value);

  static CellText of(Table.Type type) {
    if (type instanceof Table.Type.Labels labels) {
      List<String> texts = labels.labels();
      return code -> Double.isNaN(code) ? "" : texts.get((int) code);
    }
    if (type instanceof Table.Type.Time time) {
      DateTimeFormatter formatter = TimeText.formatter(time.pattern());
      return seconds -> Double.isNaN(seconds) ? "" : formatter.format(instant(seconds));
    }
    return Double::toString;
  }

  /** An instant to the microsecond, which is what a double holds of today's seconds. */
  private static Instant instant(double seconds) {
    double whole = Math.floor(seconds);
    long micros = Math.round((seconds - whole) * 1e6);
    return Instant.ofEpochSecond((long) whole, micros * 1000);
  }
}
