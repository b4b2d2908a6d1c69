package org.fjordflow.model;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Ids;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.model.ColumnSpec.Scale;
import org.jspecify.annotations.Nullable;

/**
 * What is asked for about the columns of a table. What is not said here is found from the table.
 * Columns are named, or numbered from 1.
 *
 * @param target columns that the model is a density of; none for all that are not given
 * @param given columns that it is conditioned on; none for p(x), or with a target for all others
 * @param columns the only ones that are used, or none for all
 * @param drop columns that are not used
 * @param id column that names rows, or null
 * @param kinds by column
 * @param scales by column
 * @param bounds by column, which cells do not leave, see {@link Scale#LOGIT}
 * @param circular by column, the ends of the period, see {@link Scale#CIRCULAR}
 * @param missing what is done with missing cells
 */
public record TableOptions(
    List<String> target,
    List<String> given,
    List<String> columns,
    List<String> drop,
    @Nullable String id,
    Map<String, Kind> kinds,
    Map<String, Scale> scales,
    Map<String, Interval> bounds,
    Map<String, Interval> circular,
    Missing missing) {

  /**
   * Two numbers.
   *
   * @param lower the lower one
   * @param upper the upper one
   */
  public record Interval(double lower, double upper) {
    /**
     * Checks the order.
     *
     * @throws FjordException INVALID_ARGUMENT if they are not finite and increasing
     */
    public Interval {
      if (!(lower < upper) || Double.isInfinite(upper - lower)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "bounds %s and %s; expected two finite numbers, the lower one first"
                .formatted(lower, upper));
      }
    }
  }

  /** What is done with missing cells. */
  public enum Missing {
    /** They are errors. */
    REFUSE,
    /** Rows with one in a column that is used are left out. */
    DROP_ROWS,
    /** In what is given, a mark tells the flow; in data they are errors. */
    MARK;

    /** Returns the name used in commands, such as {@code drop-rows}. */
    public String id() {
      return Ids.of(this).replace('_', '-');
    }

    /**
     * Finds one by its name.
     *
     * @throws FjordException INVALID_ARGUMENT if there is none, naming those there are
     */
    public static Missing of(String id) {
      return Ids.find(values(), Missing::id, "way with missing cells", id);
    }
  }

  /** Copies the collections. */
  public TableOptions {
    target = List.copyOf(target);
    given = List.copyOf(given);
    columns = List.copyOf(columns);
    drop = List.copyOf(drop);
    kinds = Map.copyOf(kinds);
    scales = Map.copyOf(scales);
    bounds = Map.copyOf(bounds);
    circular = Map.copyOf(circular);
  }

  /** Nothing is asked for. */
  public static TableOptions standard() {
    return new TableOptions(
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        null,
        Map.of(),
        Map.of(),
        Map.of(),
        Map.of(),
        Missing.REFUSE);
  }

  /** The same, conditioned on some columns. */
  public TableOptions withGiven(List<String> names) {
    return new TableOptions(
        target, names, columns, drop, id, kinds, scales, bounds, circular, missing);
  }

  /** The same, a density of some columns. */
  public TableOptions withTarget(List<String> names) {
    return new TableOptions(
        names, given, columns, drop, id, kinds, scales, bounds, circular, missing);
  }

  /** The same without some columns. */
  public TableOptions withDrop(List<String> names) {
    return new TableOptions(
        target, given, columns, names, id, kinds, scales, bounds, circular, missing);
  }

  /** The same with a column that names rows. */
  public TableOptions withId(@Nullable String name) {
    return new TableOptions(
        target, given, columns, drop, name, kinds, scales, bounds, circular, missing);
  }

  /** The same with a kind for a column. */
  public TableOptions withKind(String name, Kind kind) {
    return new TableOptions(
        target,
        given,
        columns,
        drop,
        id,
        with(kinds, name, kind),
        scales,
        bounds,
        circular,
        missing);
  }

  /** The same with a scale for a column. */
  public TableOptions withScale(String name, Scale scale) {
    return new TableOptions(
        target,
        given,
        columns,
        drop,
        id,
        kinds,
        with(scales, name, scale),
        bounds,
        circular,
        missing);
  }

  /**
   * The same in which every column of a table is a real number on its own scale, as densities are
   * compared, and as one sample is carried to another.
   *
   * @param table Not modified.
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT, naming it, for a column of texts
   */
  public TableOptions asNumbers(Table table) {
    TableOptions options = this;
    for (int j = 0; j < table.columns(); j++) {
      if (!table.isNumber(j)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "every column is to be a number, and column %d, '%s', is none"
                .formatted(j + 1, table.namesOrDefault().get(j)));
      }
      String number = String.valueOf(j + 1);
      options = options.withKind(number, Kind.REAL).withScale(number, Scale.STANDARD);
    }
    return options;
  }

  /** The same with bounds that a column does not leave. */
  public TableOptions withBounds(String name, double lower, double upper) {
    return new TableOptions(
        target,
        given,
        columns,
        drop,
        id,
        kinds,
        scales,
        with(bounds, name, new Interval(lower, upper)),
        circular,
        missing);
  }

  /** The same with a column of angles, or of other numbers that come again after a period. */
  public TableOptions withCircular(String name, double lower, double upper) {
    return new TableOptions(
        target,
        given,
        columns,
        drop,
        id,
        kinds,
        scales,
        bounds,
        with(circular, name, new Interval(lower, upper)),
        missing);
  }

  /** The same with another way with missing cells. */
  public TableOptions withMissing(Missing way) {
    return new TableOptions(target, given, columns, drop, id, kinds, scales, bounds, circular, way);
  }

  /**
   * Returns the columns of which cells are not modelled: those that are dropped, left out or name
   * rows. They may hold anything.
   *
   * @param names of the columns of a table, or none
   * @throws FjordException INVALID_ARGUMENT, as {@link #plan}, for a column that is not there
   */
  public Set<String> unmodelled(List<String> names) {
    if (names.isEmpty()) {
      return Set.of();
    }
    ColumnRoles roles = ColumnRoles.of(new ColumnRoles.Names(names, names.size()), this);
    Set<String> others = new HashSet<>(names);
    roles.data().forEach(column -> others.remove(names.get(column)));
    roles.given().forEach(column -> others.remove(names.get(column)));
    kinds.forEach(
        (name, kind) -> {
          if (kind == Kind.IDENTIFIER) {
            others.add(names.get(ColumnRoles.index(names, names.size(), name)));
          }
        });
    return others;
  }

  /**
   * Returns the columns that are said to have values with names, which may be text.
   *
   * @param names of the columns of a table, or none
   * @throws FjordException INVALID_ARGUMENT for a column that is not there
   */
  public Set<String> categories(List<String> names) {
    Set<String> found = new HashSet<>();
    kinds.forEach(
        (name, kind) -> {
          if (!names.isEmpty() && (kind == Kind.CATEGORY || kind == Kind.YES_NO)) {
            found.add(names.get(ColumnRoles.index(names, names.size(), name)));
          }
        });
    return found;
  }

  private static <V> Map<String, V> with(Map<String, V> map, String name, V value) {
    Map<String, V> changed = new LinkedHashMap<>(map);
    changed.put(name, value);
    return changed;
  }

  /**
   * Finds what the columns of a table stand for, and takes out what a model is trained on.
   *
   * @param table rows to train on, missing cells as NaN. Not modified.
   * @throws FjordException INVALID_ARGUMENT for a column that is not there, or cannot be what was
   *     asked for; NON_FINITE for a missing cell, naming row and column
   */
  public TablePlan plan(Table table) {
    return TablePlan.of(table, this);
  }
}
