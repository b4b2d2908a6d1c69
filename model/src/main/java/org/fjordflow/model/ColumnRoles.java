package org.fjordflow.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.core.data.Table;
import org.jspecify.annotations.Nullable;

/**
 * Which column of a table is what.
 *
 * @param data numbers of columns, from 0
 * @param given numbers of columns, from 0
 * @param id number of the column that names rows, or -1
 */
record ColumnRoles(List<Integer> data, List<Integer> given, int id) {

  static ColumnRoles of(Table table, TableOptions options) {
    return of(new Names(table.names(), table.columns()), options);
  }

  /** Finds them from the names of columns alone. */
  static ColumnRoles of(Names names, TableOptions options) {
    Set<Integer> used = new LinkedHashSet<>();
    for (int j = 0; j < names.columns(); j++) {
      used.add(j);
    }
    if (!options.columns().isEmpty()) {
      List<Integer> wanted = names.indices(options.columns());
      wanted.addAll(names.indices(options.target()));
      wanted.addAll(names.indices(options.given()));
      used.retainAll(wanted);
    }
    names.indices(options.drop()).forEach(used::remove);
    String id = options.id();
    int naming = id == null ? -1 : names.index(id);
    used.remove(naming);
    List<Integer> target = names.indices(options.target());
    List<Integer> given = names.indices(options.given());
    for (int column : target) {
      if (given.contains(column)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "column '%s' is both target and given; leave it in one of them"
                .formatted(names.shown(column)));
      }
    }
    requireUsed(names, target, used);
    requireUsed(names, given, used);
    if (target.isEmpty()) {
      target = new ArrayList<>(used);
      target.removeAll(given);
    } else if (given.isEmpty()) {
      given = new ArrayList<>(used);
      given.removeAll(target);
    }
    requireDistinct(names, target, given);
    return new ColumnRoles(List.copyOf(target), List.copyOf(given), naming);
  }

  /**
   * What the columns of a table are called.
   *
   * @param all one a column, or none
   * @param columns how many there are
   */
  record Names(List<String> all, int columns) {

    int index(String name) {
      return ColumnRoles.index(all, columns, name);
    }

    List<Integer> indices(List<String> said) {
      return new ArrayList<>(new LinkedHashSet<>(said.stream().map(this::index).toList()));
    }

    String shown(int column) {
      return all.isEmpty() ? "x" + (column + 1) : all.get(column);
    }
  }

  private static void requireDistinct(Names names, List<Integer> data, List<Integer> given) {
    Set<String> seen = new HashSet<>();
    for (int column : Stream.concat(data.stream(), given.stream()).toList()) {
      if (!seen.add(names.shown(column))) {
        throw twice(names.shown(column));
      }
    }
  }

  private static FjordException twice(String name) {
    return new FjordException(
        ErrorKey.INVALID_ARGUMENT,
        "two columns are named '%s'; give each a name of its own, or say the one that is not meant by its number: --drop N"
            .formatted(name));
  }

  private static void requireUsed(Names names, List<Integer> columns, Set<Integer> used) {
    for (int column : columns) {
      if (!used.contains(column)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "column '%s' is to be modelled, and is dropped or names the rows; leave one of them out"
                .formatted(names.shown(column)));
      }
    }
  }

  /**
   * Finds a column by its name or its number from 1.
   *
   * @throws FjordException INVALID_ARGUMENT, naming those there are
   */
  static int index(Table table, String name) {
    return index(table.names(), table.columns(), name);
  }

  /**
   * Finds a column by its name or its number from 1.
   *
   * @param names of the columns, or none
   * @param columns how many there are
   * @throws FjordException INVALID_ARGUMENT, naming those there are, or for a name of two
   */
  static int index(List<String> names, int columns, String name) {
    int index = names.indexOf(name);
    if (index != names.lastIndexOf(name)) {
      throw twice(name);
    }
    if (index < 0 && name.matches("[1-9]\\d{0,8}") && Integer.parseInt(name) <= columns) {
      index = Integer.parseInt(name) - 1;
    }
    if (index < 0) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "no column '%s'; %s"
              .formatted(
                  name,
                  names.isEmpty()
                      ? "these rows have no names, give a number from 1 to " + columns
                      : Suggestions.question(name, names) + "the columns are " + names));
    }
    return index;
  }

  /** What was said by column, by the column's number. */
  static <V> Map<Integer, V> byNumber(Table table, Map<String, V> said) {
    Map<Integer, V> result = new TreeMap<>();
    said.forEach((name, value) -> result.put(index(table, name), value));
    return result;
  }

  @Nullable Integer idOrNull() {
    return id < 0 ? null : id;
  }
}
