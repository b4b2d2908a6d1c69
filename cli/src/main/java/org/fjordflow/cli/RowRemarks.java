package org.fjordflow.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** What is to be said of rows of a file, with where they stand; bounded, however many they are. */
final class RowRemarks {
  private static final int MOST_REMARKS = 8;
  private static final int MOST_RANGES = 100;
  private static final String OTHERS = "other reasons";

  private final Map<String, Places> remarks = new LinkedHashMap<>();

  /** Some rows, those next to each other as one range. */
  private static final class Places {
    private final String unit;
    private final StringBuilder ranges = new StringBuilder();
    private int count;
    private long first;
    private long last;
    private long rows;
    private long untold;

    Places(String unit) {
      this.unit = unit;
    }

    void add(long place) {
      rows++;
      if (rows > 1 && untold == 0 && place == last + 1) {
        last = place;
        return;
      }
      if (rows > 1) {
        close();
      }
      if (count == MOST_RANGES) {
        untold++;
        return;
      }
      first = place;
      last = place;
    }

    private void close() {
      if (count < MOST_RANGES) {
        ranges.append(count == 0 ? "" : ", ").append(range());
        count++;
      }
    }

    private String range() {
      return first == last ? Long.toString(first) : first + "-" + last;
    }

    @Override
    public String toString() {
      boolean open = count < MOST_RANGES;
      return unit
          + (rows == 1 ? " " : "s ")
          + ranges
          + (open ? (count == 0 ? "" : ", ") + range() : "")
          + (untold == 0 ? "" : " and " + untold + " more");
    }
  }

  /**
   * Notes a row. Rows come in their order.
   *
   * @param reason of which what comes before a semicolon is said
   */
  void add(String reason, RowPlaces places, int row) {
    // A label may have a line break.
    String remark = reason.replaceFirst("(?s);.*", "").replaceAll("\\s*\\R\\s*", " ");
    String key = remarks.containsKey(remark) || remarks.size() < MOST_REMARKS ? remark : OTHERS;
    remarks.computeIfAbsent(key, unused -> new Places(places.unit())).add(places.at(row));
  }

  /** Whether nothing was noted. */
  boolean isEmpty() {
    return remarks.isEmpty();
  }

  /** How many rows were noted. */
  long rows() {
    return remarks.values().stream().mapToLong(places -> places.rows).sum();
  }

  /**
   * Says what was noted, a line for each remark.
   *
   * @param what such rows have, such as {@code no log-density, NaN}
   */
  void say(Console console, String what) {
    remarks.forEach(
        (remark, places) ->
            console.say(
                "%d %s %s%s: %s",
                places.rows,
                places.rows == 1 ? "row has" : "rows have",
                what,
                remark.isEmpty() ? "" : ", " + remark,
                places));
  }

  /** All in one line, for an error. */
  String line() {
    return remarks.entrySet().stream()
        .map(entry -> entry.getValue() + ": " + entry.getKey())
        .collect(Collectors.joining("; "));
  }
}
