package org.fjordflow.model;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.model.internal.ConfigChecks;
import org.jspecify.annotations.Nullable;

/**
 * What one column of a table stands for, and how it becomes numbers that a flow can have.
 *
 * <p>A cell is a number: of text the index of its label, of times the seconds since 1970.
 *
 * @param name of the column
 * @param kind what its cells are
 * @param scale what is done with them
 * @param origin of {@link Scale#ROBUST} the median; of {@link Scale#LOG}, {@link Scale#LOGIT} and
 *     {@link Scale#CIRCULAR} the lower bound; else 0
 * @param width of {@link Scale#ROBUST} the deviation of the middle half; of {@link Scale#LOGIT} the
 *     distance of the bounds; of {@link Scale#CIRCULAR} the period; else 1
 * @param values that cells can have, increasing; of {@link Scale#CELLS} alone
 * @param shares of these among the rows that were learned from, positive, together 1
 * @param labels texts of these values, empty for numbers
 * @param pattern that times are written by, as of {@link java.time.format.DateTimeFormatter}, or
 *     null for others
 * @param gaps whether cells may be missing; of contexts alone
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record ColumnSpec(
    String name,
    Kind kind,
    Scale scale,
    double origin,
    double width,
    List<Double> values,
    List<Double> shares,
    List<String> labels,
    @Nullable String pattern,
    boolean gaps) {

  /** What cells are. */
  public enum Kind {
    /** Numbers with a density. */
    REAL("real"),
    /** Whole numbers, which have probabilities. */
    INTEGER("integer"),
    /** One of some texts or numbers. */
    CATEGORY("category"),
    /** One of two texts or numbers. */
    YES_NO("yes-no"),
    /** Dates and times, which have a density a second. */
    TIME("time"),
    /** Names of rows: carried along, and no part of a model. */
    IDENTIFIER("id");

    private final String id;

    Kind(String id) {
      this.id = id;
    }

    /** Returns the name used in configurations and commands, such as {@code yes-no}. */
    @JsonValue
    public String id() {
      return id;
    }

    /**
     * Finds a kind by its name.
     *
     * @throws FjordException INVALID_ARGUMENT if there is none, naming those there are
     */
    @JsonCreator
    public static Kind of(String id) {
      return Ids.find(values(), Kind::id, "kind of column", id);
    }
  }

  /** What is done with cells before a flow. */
  public enum Scale {
    /** Nothing but to bring them to mean 0 and deviation 1. */
    STANDARD("standard"),
    /**
     * {@code asinh((x - origin) / width)}: linear in the middle, a logarithm far out, so that
     * values many orders of magnitude away do not decide on the units of all others.
     */
    ROBUST("robust"),
    /** {@code log(x - origin)}, for values above the origin. */
    LOG("log"),
    /** A logit between two bounds, which samples do not leave. */
    LOGIT("logit"),
    /** An angle: both ends of the period are the same. */
    CIRCULAR("circular"),
    /**
     * The values there are, as parts of the unit interval as large as their shares, and then as the
     * quantiles of a logistic distribution with deviation 1: near a normal, so that shares are
     * about right from the beginning, and with longer tails, so that no density grows at an end.
     * One hot in a context.
     */
    CELLS("cells");

    private final String id;

    Scale(String id) {
      this.id = id;
    }

    /** Returns the name used in configurations and commands, such as {@code robust}. */
    @JsonValue
    public String id() {
      return id;
    }

    /**
     * Finds a scale by its name.
     *
     * @throws FjordException INVALID_ARGUMENT if there is none, naming those there are
     */
    @JsonCreator
    public static Scale of(String id) {
      return Ids.find(values(), Scale::id, "scale of a column", id);
    }
  }

  /**
   * Checks that all parts fit together.
   *
   * @throws FjordException INVALID_CONFIGURATION, naming the value; absent values come from files
   */
  public ColumnSpec {
    ConfigChecks.require(name != null && !name.isBlank(), "name of a column", name, "a text");
    ConfigChecks.require(
        kind != null && kind != Kind.IDENTIFIER, "kind of " + name, kind, "one that is modelled");
    ConfigChecks.require(scale != null, "scale of " + name, scale, "a name");
    ConfigChecks.require(Double.isFinite(origin), "origin of " + name, origin, "finite");
    ConfigChecks.require(
        width > 0 && width < Double.POSITIVE_INFINITY, "width of " + name, width, "positive");
    values = ConfigChecks.list("values of " + name, values);
    shares = ConfigChecks.list("shares of " + name, shares);
    labels = ConfigChecks.list("labels of " + name, labels);
    boolean cells = scale == Scale.CELLS;
    boolean named = kind == Kind.CATEGORY || kind == Kind.YES_NO;
    ConfigChecks.require(
        cells ? named || kind == Kind.INTEGER : !named,
        "scale of " + name + ", " + kind,
        scale,
        "cells for categories and answers, and for whole numbers alone besides");
    ConfigChecks.require(
        cells == !values.isEmpty(), "values of " + name, values, cells ? "some" : "none");
    ConfigChecks.require(
        shares.size() == values.size() && shares.stream().allMatch(s -> s > 0 && s <= 1),
        "shares of " + name,
        shares,
        "one between 0 and 1 for each value");
    ConfigChecks.require(
        values.isEmpty() || Math.abs(sum(shares) - 1) < 1e-6,
        "shares of " + name,
        shares,
        "together 1");
    ConfigChecks.require(
        labels.isEmpty() || labels.size() == values.size(),
        "labels of " + name,
        labels,
        "one for each value");
    for (int k = 0; k < values.size(); k++) {
      boolean sorted = k == 0 || values.get(k) > values.get(k - 1);
      ConfigChecks.require(
          sorted && Double.isFinite(values.get(k)), "values of " + name, values, "increasing");
      ConfigChecks.require(
          labels.isEmpty() || values.get(k) == k, "values of " + name, values, "0, 1, 2, ...");
    }
  }

  private static double sum(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).sum();
  }

  /** A column of numbers that are standardised. */
  public static ColumnSpec real(String name) {
    return plain(name, Kind.REAL, Scale.STANDARD, 0, 1);
  }

  /** A column without cells, of a kind and a scale. */
  static ColumnSpec plain(String name, Kind kind, Scale scale, double origin, double width) {
    return new ColumnSpec(
        name, kind, scale, origin, width, List.of(), List.of(), List.of(), null, false);
  }

  ColumnSpec withPattern(@Nullable String written) {
    return new ColumnSpec(name, kind, scale, origin, width, values, shares, labels, written, gaps);
  }

  ColumnSpec withGaps(boolean missing) {
    return new ColumnSpec(
        name, kind, scale, origin, width, values, shares, labels, pattern, missing);
  }

  /** Whether cells have probabilities rather than densities. */
  @JsonIgnore
  public boolean isDiscrete() {
    return kind == Kind.INTEGER || kind == Kind.CATEGORY || kind == Kind.YES_NO;
  }

  /** Whether nothing is done with cells that standardising does not do. */
  @JsonIgnore
  boolean isPlain() {
    return kind == Kind.REAL && scale == Scale.STANDARD && !gaps;
  }

  /** Returns how many columns a context of it has. */
  int contextWidth() {
    int own =
        switch (scale) {
          case CELLS -> values.size() == 2 ? 1 : values.size();
          case CIRCULAR -> 2;
          case STANDARD, ROBUST, LOG, LOGIT -> 1;
        };
    return own + (gaps ? 1 : 0);
  }

  /** Returns the number of a value among {@link #values}, or -1. */
  int indexOf(double value) {
    int low = 0;
    int high = values.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      double found = values.get(middle);
      if (found == value) {
        return middle;
      }
      if (found < value) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1;
  }

  /**
   * Returns the cell as people read it.
   *
   * @param value of this column
   */
  public String text(double value) {
    int index = labels.isEmpty() ? -1 : indexOf(value);
    if (index >= 0) {
      return labels.get(index);
    }
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? Long.toString((long) value)
        : Double.toString(value);
  }

  FjordException noSuchValue(double value) {
    return new FjordException(
        ErrorKey.INVALID_ARGUMENT,
        "column '%s' is %s; the model knows %s there"
            .formatted(name, text(value), labels.isEmpty() ? values : labels));
  }
}
