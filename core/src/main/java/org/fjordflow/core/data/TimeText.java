package org.fjordflow.core.data;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.internal.Numbers;
import org.jspecify.annotations.Nullable;

/**
 * Dates and times of a column of text: {@code yyyy-MM-dd}, {@code dd.MM.yyyy}, {@code MM/dd/yyyy}
 * or {@code dd/MM/yyyy}; alone or with a time of day, with or without a zone. All cells of a column
 * are written alike, but for the digits of fractions of a second. A time without a zone is taken as
 * UTC.
 */
final class TimeText {
  private static final Pattern CELL =
      Pattern.compile(
          "(?:(\\d{4})-(\\d\\d)-(\\d\\d)|(\\d\\d)([./])(\\d\\d)\\5(\\d{4}))"
              + "(?:([T ])(\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d{1,9}))?)?"
              + "(Z|[+-]\\d\\d:?(?:\\d\\d)?)?)?");

  private static final String ISO = "yyyy-MM-dd";
  private static final String DOTS = "dd.MM.yyyy";
  private static final String MONTH_FIRST = "MM/dd/yyyy";
  private static final String DAY_FIRST = "dd/MM/yyyy";

  private static final Pattern KNOWN =
      Pattern.compile(
          "(?:yyyy-MM-dd|dd\\.MM\\.yyyy|(?:MM/dd|dd/MM)/yyyy)(?:(?:'T'| )HH:mm(?::ss)?(?:XXX)?)?");

  /** More digits of a second are not held by a double of today's seconds. */
  private static final int MAX_FRACTION = 6;

  private static final int DAY_SECONDS = 86_400;

  /** What a wanted pattern is read by, where it is none of those of {@link #CELL}. */
  private final @Nullable DateTimeFormatter formatter;

  /** The pattern without fractions of a second; null before the first cell. */
  private @Nullable String pattern;

  private boolean monthFirst = true;
  private boolean dayFirst = true;
  private boolean guessed;
  private int fraction;
  private double value;

  private TimeText(@Nullable DateTimeFormatter formatter) {
    this.formatter = formatter;
  }

  /** Cells written in any of the known ways, which the first one decides. */
  static TimeText any() {
    return new TimeText(null);
  }

  /** Cells written in a wanted way. */
  static TimeText of(Table.Type.Time type) {
    String known = type.pattern().replaceFirst("\\.S{1,6}(?=X|$)", "");
    if (!KNOWN.matcher(known).matches()) {
      return new TimeText(formatter(type.pattern()));
    }
    TimeText result = new TimeText(null);
    result.monthFirst = !known.startsWith(DAY_FIRST);
    result.dayFirst = !known.startsWith(MONTH_FIRST);
    result.pattern = known.replace(DAY_FIRST, MONTH_FIRST);
    return result;
  }

  /** A formatter of a pattern, in UTC. */
  static DateTimeFormatter formatter(String pattern) {
    try {
      return DateTimeFormatter.ofPattern(pattern, Locale.ROOT).withZone(ZoneOffset.UTC);
    } catch (IllegalArgumentException e) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "'%s' is no pattern of dates and times (%s); give one such as yyyy-MM-dd"
              .formatted(Numbers.printable(pattern), e.getMessage()),
          e);
    }
  }

  /** Whether a cell is a time written like those before it; its value is then in {@link #value}. */
  boolean read(String cell) {
    try {
      return formatter == null ? readKnown(cell) : readBy(formatter, cell);
    } catch (DateTimeException e) {
      return false; // such as February 30th
    }
  }

  /** The last cell that was read, in seconds since 1970-01-01T00:00 UTC. */
  double value() {
    return value;
  }

  /** Whether it is not known which of the first two numbers of all cells are days. */
  boolean isAmbiguous() {
    return pattern != null && pattern.startsWith(MONTH_FIRST) && monthFirst && dayFirst;
  }

  /** Whether a later cell told that earlier ones were misread. */
  boolean isMisread() {
    return guessed && !monthFirst;
  }

  /** What the column is; cells were read and are not ambiguous. */
  Table.Type.Time type() {
    String known = pattern == null ? ISO : pattern;
    if (known.startsWith(MONTH_FIRST) && !monthFirst) {
      known = DAY_FIRST + known.substring(MONTH_FIRST.length());
    }
    return new Table.Type.Time(
        fraction == 0 ? known : known.replace(":ss", ":ss." + "S".repeat(fraction)));
  }

  private boolean readBy(DateTimeFormatter wanted, String cell) {
    TemporalAccessor parsed = wanted.parse(cell);
    double seconds =
        parsed.isSupported(ChronoField.INSTANT_SECONDS)
            ? parsed.getLong(ChronoField.INSTANT_SECONDS)
            : (double) LocalDate.from(parsed).toEpochDay() * DAY_SECONDS;
    value =
        seconds
            + (parsed.isSupported(ChronoField.NANO_OF_SECOND)
                ? parsed.get(ChronoField.NANO_OF_SECOND) * 1e-9
                : 0);
    return true;
  }

  private boolean readKnown(String cell) {
    Matcher parts = CELL.matcher(cell);
    if (!parts.matches()) {
      return false;
    }
    String shape = shape(parts);
    if (pattern == null) {
      pattern = shape;
    } else if (!pattern.equals(shape)) {
      return false;
    }
    LocalDate date = date(parts);
    if (date == null) {
      return false;
    }
    double seconds = (double) date.toEpochDay() * DAY_SECONDS;
    if (parts.group(8) != null) {
      int hour = ChronoField.HOUR_OF_DAY.checkValidIntValue(number(parts, 9));
      int minute = ChronoField.MINUTE_OF_HOUR.checkValidIntValue(number(parts, 10));
      int second = parts.group(11) == null ? 0 : number(parts, 11);
      seconds +=
          hour * 3600 + minute * 60 + ChronoField.SECOND_OF_MINUTE.checkValidIntValue(second);
      if (parts.group(13) != null) {
        seconds -= ZoneOffset.of(parts.group(13)).getTotalSeconds();
      }
      String digits = parts.group(12);
      if (digits != null) {
        fraction = Math.max(fraction, Math.min(digits.length(), MAX_FRACTION));
        seconds += Integer.parseInt(digits) / Math.pow(10, digits.length());
      }
    }
    value = seconds;
    return true;
  }

  private static String shape(Matcher parts) {
    String date = parts.group(1) != null ? ISO : parts.group(5).equals(".") ? DOTS : MONTH_FIRST;
    if (parts.group(8) == null) {
      return date;
    }
    return date
        + (parts.group(8).equals("T") ? "'T'" : " ")
        + "HH:mm"
        + (parts.group(11) == null ? "" : ":ss")
        + (parts.group(13) == null ? "" : "XXX");
  }

  private @Nullable LocalDate date(Matcher parts) {
    if (parts.group(1) != null) {
      return LocalDate.of(number(parts, 1), number(parts, 2), number(parts, 3));
    }
    int first = number(parts, 4);
    int second = number(parts, 6);
    int year = number(parts, 7);
    if (parts.group(5).equals(".")) {
      return LocalDate.of(year, second, first);
    }
    monthFirst &= first <= 12;
    dayFirst &= second <= 12;
    if (!monthFirst && !dayFirst) {
      return null;
    }
    guessed |= monthFirst && dayFirst && first != second;
    return monthFirst ? LocalDate.of(year, first, second) : LocalDate.of(year, second, first);
  }

  private static int number(Matcher parts, int group) {
    return Integer.parseInt(parts.group(group));
  }
}
