package org.fjordflow.report.page;

import java.util.List;
import org.fjordflow.report.Interval;
import org.jspecify.annotations.Nullable;

/**
 * An axis of a chart.
 *
 * @param name what lies along it, with its unit
 * @param range what it shows, or null for all that is there
 * @param kind how it is divided
 * @param categories names of its places 0, 1, 2, ...; empty for numbers
 */
public record Axis(String name, @Nullable Interval range, Kind kind, List<String> categories) {

  /** Copies the list. */
  public Axis {
    categories = List.copyOf(categories);
  }

  /** How an axis is divided. */
  public enum Kind {
    /** Evenly. */
    LINEAR,
    /** By powers of ten, for positive numbers. */
    LOG,
    /** As times, in seconds since 1970. */
    TIME,
    /** By names. */
    NAMES
  }

  /** An axis of numbers that shows all that is there. */
  public static Axis of(String name) {
    return new Axis(name, null, Kind.LINEAR, List.of());
  }

  /** An axis of numbers that shows a range. */
  public static Axis of(String name, Interval range) {
    return new Axis(name, range, Kind.LINEAR, List.of());
  }

  /** An axis of names, one for each of 0, 1, 2, ... */
  public static Axis ofNames(String name, List<String> names) {
    return new Axis(name, null, Kind.NAMES, names);
  }

  /** The same divided by powers of ten. */
  public Axis withLog() {
    return new Axis(name, range, Kind.LOG, categories);
  }
}
