package org.fjordflow.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.model.ColumnSpec.Scale;
import org.fjordflow.model.TableOptions.Interval;
import org.jspecify.annotations.Nullable;

/** Finds what a column stands for from what it holds, where it is not said. */
final class ColumnKinds {

  /** More different texts than these are names of rows. */
  private static final int MOST_CATEGORIES = 100;

  /** Whole numbers with at most so many values have a probability for each. */
  private static final int MOST_CELLS = 24;

  /** So many rows at least for each value, or numbers with few values are numbers. */
  private static final int ROWS_A_VALUE = 4;

  /** Other numbers with at most so many values are values of their own. */
  private static final int MOST_LEVELS = 10;

  private static final int ROWS_A_LEVEL = 50;

  /** Whole numbers beyond have no neighbours in double precision. */
  private static final double MOST_WHOLE = 1e15;

  /** Rows that a value nobody saw counts for, beside those that were seen. */
  private static final double UNSEEN = 0.5;

  /** A column whose deviation is so many times that of its middle half is scaled robustly. */
  static final double FAR = 1_000;

  private ColumnKinds() {}

  /**
   * What is asked for about one column.
   *
   * @param kind or null
   * @param scale or null
   * @param bounds or null
   * @param circular or null
   */
  record Asked(
      @Nullable Kind kind,
      @Nullable Scale scale,
      @Nullable Interval bounds,
      @Nullable Interval circular) {
    boolean nothing() {
      return kind == null && scale == null && bounds == null && circular == null;
    }
  }

  /** Finds the kind of a column. */
  static Kind kind(ColumnSurvey column, Asked asked, boolean named) {
    Kind said = asked.kind();
    if (said != null) {
      requirePossible(column, said);
      return said;
    }
    if (column.type() instanceof Table.Type.Time) {
      return Kind.TIME;
    }
    if (column.type() instanceof Table.Type.Labels) {
      return column.distinct() > MOST_CATEGORIES
          ? Kind.IDENTIFIER
          : column.distinct() == 2 ? Kind.YES_NO : Kind.CATEGORY;
    }
    if (!named || asked.circular() != null) {
      return Kind.REAL; // an array of numbers
    }
    if (asked.bounds() != null || (asked.scale() != null && asked.scale() != Scale.CELLS)) {
      return column.whole() ? Kind.INTEGER : Kind.REAL;
    }
    if (column.distinct() == 1) {
      return Kind.CATEGORY;
    }
    if (column.whole()) {
      return column.distinct() == 2 ? Kind.YES_NO : Kind.INTEGER;
    }
    boolean levels =
        column.distinct() <= MOST_LEVELS && column.count() >= ROWS_A_LEVEL * column.distinct();
    return levels ? Kind.CATEGORY : Kind.REAL;
  }

  private static void requirePossible(ColumnSurvey column, Kind kind) {
    boolean text = column.type() instanceof Table.Type.Labels;
    boolean time = column.type() instanceof Table.Type.Time;
    boolean fits =
        switch (kind) {
          case REAL -> !text;
          case INTEGER -> !text && !time && column.whole();
          case TIME -> time || !text;
          case YES_NO -> column.distinct() <= 2;
          case CATEGORY, IDENTIFIER -> true;
        };
    if (!fits) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "column '%s' cannot be %s: it holds %s"
              .formatted(
                  column.name(),
                  kind.id(),
                  text
                      ? "text"
                      : time ? "times" : column.distinct() + " different numbers, not all whole"));
    }
  }

  /** Makes the specification of a column of data. */
  static ColumnSpec data(ColumnSurvey column, Kind kind, Asked asked) {
    if (column.count() == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "column '%s' is empty; leave it out".formatted(column.name()));
    }
    ColumnSpec special = asked(column, kind, asked);
    if (special != null) {
      return special.withPattern(pattern(column));
    }
    if (kind == Kind.CATEGORY || kind == Kind.YES_NO) {
      return cells(column, kind, values(column));
    }
    if (kind == Kind.INTEGER
        && column.distinct() <= MOST_CELLS
        && column.count() >= ROWS_A_VALUE * column.distinct()
        && Math.max(-column.least(), column.greatest()) < MOST_WHOLE
        && column.greatest() - column.least() <= 2 * MOST_CELLS) {
      return cells(column, kind, range(column));
    }
    boolean far =
        column.middleDeviation() > 0 && column.deviation() > FAR * column.middleDeviation();
    ColumnSpec plain =
        far ? robust(column, kind) : ColumnSpec.plain(column.name(), kind, Scale.STANDARD, 0, 1);
    return plain.withPattern(pattern(column));
  }

  /** Makes the specification of a column that is given. */
  static ColumnSpec given(ColumnSurvey column, Kind kind, Asked asked) {
    boolean gaps = column.missing() > 0;
    if (column.count() == 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT, "column '%s' is empty; leave it out".formatted(column.name()));
    }
    ColumnSpec special = asked(column, kind, asked);
    if (special != null && special.scale() != Scale.STANDARD) {
      return special.withPattern(pattern(column)).withGaps(gaps);
    }
    boolean cells =
        column.type() instanceof Table.Type.Labels
            || (asked.kind() == Kind.CATEGORY || asked.kind() == Kind.YES_NO);
    if (cells) {
      return cells(column, kind, values(column)).withGaps(gaps);
    }
    // Numbers with few values are numbers in a context.
    boolean number = kind != Kind.CATEGORY && kind != Kind.YES_NO;
    Kind used = number ? kind : column.whole() ? Kind.INTEGER : Kind.REAL;
    boolean far =
        special == null
            && column.middleDeviation() > 0
            && column.deviation() > FAR * column.middleDeviation();
    ColumnSpec plain =
        far
            ? robust(column, used)
            : ColumnSpec.plain(column.name(), used, Scale.STANDARD, gaps ? column.mean() : 0, 1);
    return plain.withPattern(pattern(column)).withGaps(gaps);
  }

  private static @Nullable String pattern(ColumnSurvey column) {
    return column.type() instanceof Table.Type.Time time ? time.pattern() : null;
  }

  private static @Nullable ColumnSpec asked(ColumnSurvey column, Kind kind, Asked asked) {
    Interval circular = asked.circular();
    Interval bounds = asked.bounds();
    Scale scale = asked.scale();
    requireFitting(column, kind, asked);
    if (circular != null) {
      return circular(column, kind, circular);
    }
    if (bounds != null) {
      return bounded(column, kind, bounds);
    }
    if (scale == null) {
      return null;
    }
    return switch (scale) {
      case STANDARD -> ColumnSpec.plain(column.name(), kind, Scale.STANDARD, 0, 1);
      case ROBUST -> robust(column, kind);
      case LOG -> logarithmic(column, kind);
      case CELLS ->
          cells(
              column,
              kind == Kind.REAL || kind == Kind.TIME ? Kind.CATEGORY : kind,
              values(column));
      case LOGIT, CIRCULAR ->
          throw new FjordException(
              ErrorKey.INVALID_ARGUMENT,
              "a scale '%s' of column '%s' needs its two bounds; give them"
                  .formatted(scale.id(), column.name()));
    };
  }

  /**
   * Categories have a part for each value and nothing else, and other columns one thing at a time.
   */
  private static void requireFitting(ColumnSurvey column, Kind kind, Asked asked) {
    Scale scale = asked.scale();
    List<String> said = new ArrayList<>();
    if (asked.circular() != null) {
      said.add("a period");
    }
    if (asked.bounds() != null) {
      said.add("bounds");
    }
    if (scale != null) {
      said.add("a scale '" + scale.id() + "'");
    }
    boolean named = kind == Kind.CATEGORY || kind == Kind.YES_NO;
    if (named && !said.isEmpty() && (scale != Scale.CELLS || said.size() > 1)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "column '%s' is %s, which has a probability for each value; leave out %s"
              .formatted(column.name(), kind.id(), said.get(0)));
    }
    if (said.size() > 1) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "column '%s' has %s and %s; leave one of them out"
              .formatted(column.name(), said.get(0), said.get(1)));
    }
  }

  private static ColumnSpec circular(ColumnSurvey column, Kind kind, Interval period) {
    double width = period.upper() - period.lower();
    if (column.greatest() - column.least() > width) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "column '%s' goes from %s to %s, farther than the period of %s; give its ends"
              .formatted(column.name(), column.least(), column.greatest(), width));
    }
    if (kind == Kind.INTEGER && width != Math.rint(width)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "column '%s' is of whole numbers, and its period is %s; give a whole period, or --kind %s=real"
              .formatted(column.name(), width, column.name()));
    }
    return ColumnSpec.plain(column.name(), kind, Scale.CIRCULAR, period.lower(), width);
  }

  private static ColumnSpec bounded(ColumnSurvey column, Kind kind, Interval bounds) {
    if (column.least() < bounds.lower() || column.greatest() > bounds.upper()) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "column '%s' goes from %s to %s, beyond the bounds %s and %s; give wider ones"
              .formatted(
                  column.name(),
                  column.least(),
                  column.greatest(),
                  bounds.lower(),
                  bounds.upper()));
    }
    if (kind != Kind.INTEGER) {
      return ColumnSpec.plain(
          column.name(), kind, Scale.LOGIT, bounds.lower(), bounds.upper() - bounds.lower());
    }
    double lower = Math.ceil(bounds.lower());
    double upper = Math.floor(bounds.upper());
    return ColumnSpec.plain(column.name(), kind, Scale.LOGIT, lower - 0.5, upper - lower + 1);
  }

  private static ColumnSpec logarithmic(ColumnSurvey column, Kind kind) {
    if (kind == Kind.INTEGER) {
      // From zero where there are no negative numbers, each number with its own interval.
      double from = column.least() >= 0 ? 0 : column.least();
      return ColumnSpec.plain(column.name(), kind, Scale.LOG, from - 0.5, 1);
    }
    if (column.least() > 0) {
      return ColumnSpec.plain(column.name(), kind, Scale.LOG, 0, 1);
    }
    if (column.least() < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "column '%s' has no logarithm: its least number is %s; use a robust scale"
              .formatted(column.name(), column.least()));
    }
    double positive = Arrays.stream(column.sorted()).filter(x -> x > 0).findFirst().orElse(1);
    return ColumnSpec.plain(column.name(), kind, Scale.LOG, -positive / 2, 1);
  }

  private static ColumnSpec robust(ColumnSurvey column, Kind kind) {
    double width = column.middleDeviation() > 0 ? column.middleDeviation() : column.deviation();
    return ColumnSpec.plain(
        column.name(), kind, Scale.ROBUST, column.median(), width > 0 ? width : 1);
  }

  private static double[] values(ColumnSurvey column) {
    if (column.type() instanceof Table.Type.Labels labels) {
      double[] all = new double[labels.labels().size()];
      Arrays.setAll(all, k -> k);
      return all;
    }
    return column.values();
  }

  /** All whole numbers from the least to the greatest, and one more at each end, but below zero. */
  private static double[] range(ColumnSurvey column) {
    double from = column.least() == 0 ? 0 : column.least() - 1;
    double[] all = new double[(int) (column.greatest() - from) + 2];
    Arrays.setAll(all, k -> from + k);
    return all;
  }

  private static ColumnSpec cells(ColumnSurvey column, Kind kind, double[] values) {
    int[] counts = column.counts(values);
    double sum = 0;
    for (int count : counts) {
      sum += count == 0 ? UNSEEN : count;
    }
    List<Double> shares = new ArrayList<>();
    for (int count : counts) {
      shares.add((count == 0 ? UNSEEN : count) / sum);
    }
    List<String> labels =
        column.type() instanceof Table.Type.Labels texts ? texts.labels() : List.of();
    return new ColumnSpec(
        column.name(),
        kind,
        Scale.CELLS,
        0,
        1,
        Arrays.stream(values).boxed().collect(Collectors.toList()),
        shares,
        labels,
        pattern(column),
        false);
  }
}
