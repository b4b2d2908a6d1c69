package org.fjordflow.core.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.Numbers;
import org.jspecify.annotations.Nullable;

/**
 * The cells of one column of a text file, one after the other, as numbers, times or labels. The
 * first cell decides. Where a later one tells otherwise, the column asks to be read once more.
 */
final class ColumnText {
  private static final Set<String> MISSING = Set.of("", "na", "n/a", "nan", "null", "?", "-");
  private static final int LONGEST_MISSING = 4;

  /** What is known of the column. */
  private enum State {
    /** No cell but missing ones so far. */
    UNKNOWN,
    NUMBERS,
    TIMES,
    LABELS,
    /** Numbers or times first and other text later: cells are counted, and values mean nothing. */
    MIXED,
    /** It was said that cells are the indices of these labels. */
    WANTED_LABELS
  }

  private final String place;
  private final CellRules rules;
  private final NumberText numbers;
  private final Map<String, Label> labels = new LinkedHashMap<>();
  private final boolean decided;
  private TimeText times = TimeText.any();
  private State state;
  private long count;
  private long numberCount;
  private @Nullable Slip slip;

  /** A label's index in the order in which labels came, and how many cells have it. */
  private static final class Label {
    private final int index;
    private long count;

    private Label(int index) {
      this.index = index;
    }
  }

  /** The first cell that is text where numbers may have been meant. */
  private record Slip(String cell, long line) {}

  private ColumnText(String place, CellRules rules, State state, boolean decided) {
    this.place = place;
    this.rules = rules;
    this.numbers = new NumberText(rules.options());
    this.state = state;
    this.decided = decided;
  }

  /**
   * A column of which nothing is known.
   *
   * @param place its number and name for messages, behind the number of the line
   */
  static ColumnText any(String place, CellRules rules) {
    return new ColumnText(place, rules, State.UNKNOWN, false);
  }

  /** A column of labels, numbers or not. */
  static ColumnText text(String place, CellRules rules) {
    return new ColumnText(place, rules, State.LABELS, true);
  }

  /** A column of a wanted type. */
  static ColumnText of(Table.Type type, String place, CellRules rules) {
    if (type instanceof Table.Type.Labels wanted) {
      ColumnText column = new ColumnText(place, rules, State.WANTED_LABELS, true);
      for (String label : wanted.labels()) {
        column.labels.put(label, new Label(column.labels.size()));
      }
      return column;
    }
    if (type instanceof Table.Type.Time time) {
      ColumnText column = new ColumnText(place, rules, State.TIMES, true);
      column.times = TimeText.of(time);
      return column;
    }
    return new ColumnText(place, rules, State.NUMBERS, true);
  }

  /**
   * Reads the next cell.
   *
   * @return its number, seconds or the index of its label, in the order in which labels came
   */
  double read(char[] text, int from, int length, long line) {
    count++;
    if ((state == State.NUMBERS || state == State.UNKNOWN)
        && numbers.read(text, from, length)
        && Double.isFinite(numbers.value())) {
      state = State.NUMBERS;
      numberCount++;
      return numbers.value();
    }
    String cell = rules.text(text, from, length, line);
    Label known = labels.get(cell);
    if (known != null) {
      known.count++;
      return known.index;
    }
    if (length <= LONGEST_MISSING && MISSING.contains(cell.toLowerCase(Locale.ROOT))) {
      count--;
      return rules.missing(cell, () -> at(line));
    }
    return switch (state) {
      case WANTED_LABELS -> throw otherLabel(cell, line);
      case LABELS -> newLabel(cell);
      case TIMES -> times.read(cell) ? times.value() : odd(cell, line);
      case UNKNOWN -> first(cell, line);
      case NUMBERS, MIXED -> odd(cell, line);
    };
  }

  private double newLabel(String cell) {
    Label label = new Label(labels.size());
    label.count = 1;
    labels.put(cell, label);
    return label.index;
  }

  private double first(String cell, long line) {
    if (numbers.read(cell)) {
      state = State.NUMBERS;
      return rules.infinite(cell, numbers.value(), () -> at(line));
    }
    slip = new Slip(cell, line);
    if (times.read(cell)) {
      state = State.TIMES;
      return times.value();
    }
    state = State.LABELS;
    return newLabel(cell);
  }

  /** A cell unlike those before it. */
  private double odd(String cell, long line) {
    boolean number = numbers.read(cell);
    if (number && state == State.NUMBERS) {
      return rules.infinite(cell, numbers.value(), () -> at(line));
    }
    if (decided) {
      slip = new Slip(cell, line);
      throw state == State.TIMES ? notTime(cell, line) : notNumber(slip);
    }
    state = State.MIXED;
    if (slip == null) {
      slip = new Slip(cell, line);
    }
    numberCount += number || !numbers.remedies(cell).isEmpty() ? 1 : 0;
    return Double.NaN;
  }

  /**
   * Says what the column must be read as when it is read once more.
   *
   * @return the column from its beginning, or null if what was read is right
   * @throws FjordException FILE_DAMAGED, naming the first cell that is none, if half of the cells
   *     or more are numbers
   */
  @Nullable ColumnText again() {
    if (state == State.LABELS && !decided) {
      labels.forEach(
          (cell, label) ->
              numberCount +=
                  numbers.read(cell) || !numbers.remedies(cell).isEmpty() ? label.count : 0);
    }
    if ((state == State.LABELS || state == State.MIXED)
        && slip != null
        && !decided
        && 2 * numberCount >= count) {
      throw notNumber(slip);
    }
    if (state == State.MIXED || (state == State.TIMES && times.isAmbiguous() && !decided)) {
      return text(place, rules);
    }
    return state == State.TIMES && times.isMisread() ? of(times.type(), place, rules) : null;
  }

  /** Returns the column for more rows of the same type; labels are open. */
  ColumnText settled() {
    ColumnText other = again();
    return other != null ? other : state == State.LABELS ? text(place, rules) : asRead();
  }

  /** Returns the column from its beginning, of the type that it was read as. */
  ColumnText asRead() {
    return of(type(), place, rules);
  }

  /** Returns what the column is, once all is read. */
  Table.Type type() {
    return switch (state) {
      case LABELS -> new Table.Type.Labels(labels.keySet().stream().sorted().toList());
      case WANTED_LABELS -> new Table.Type.Labels(List.copyOf(labels.keySet()));
      case TIMES -> times.type();
      default -> Table.Type.NUMBER;
    };
  }

  /** Returns the sorted place of each label that {@link #read} counted; null if they stay. */
  int @Nullable [] ranks() {
    if (state != State.LABELS) {
      return null;
    }
    List<String> sorted = new ArrayList<>(labels.keySet());
    sorted.sort(null);
    int[] ranks = new int[sorted.size()];
    Arrays.setAll(ranks, i -> i);
    for (int rank = 0; rank < ranks.length; rank++) {
      Label label = labels.get(sorted.get(rank));
      if (label != null) {
        ranks[label.index] = rank;
      }
    }
    return ranks;
  }

  private String at(long line) {
    return rules.source() + ": line " + line + ", " + place;
  }

  private FjordException otherLabel(String cell, long line) {
    List<String> shown = labels.keySet().stream().limit(8).toList();
    return new FjordException(
        ErrorKey.INVALID_ARGUMENT,
        "%s is '%s', expected one of its %d labels: %s%s"
            .formatted(
                at(line),
                Numbers.printable(cell),
                labels.size(),
                String.join(", ", shown),
                shown.size() < labels.size() ? ", ..." : ""));
  }

  private FjordException notTime(String cell, long line) {
    return new FjordException(
        ErrorKey.FILE_DAMAGED,
        "%s is '%s', expected a time written as %s"
            .formatted(at(line), Numbers.printable(cell), times.type().pattern()));
  }

  private FjordException notNumber(Slip found) {
    List<String> remedies = numbers.remedies(found.cell());
    return new FjordException(
        ErrorKey.FILE_DAMAGED,
        "%s is '%s', expected a number; %s"
            .formatted(
                at(found.line()),
                Numbers.printable(found.cell()),
                remedies.isEmpty()
                    ? "correct it, leave the column out (--drop), or read it as text (--kind COLUMN=category; ReadOptions.text)"
                    : String.join(" or ", remedies) + " reads it"));
  }
}
