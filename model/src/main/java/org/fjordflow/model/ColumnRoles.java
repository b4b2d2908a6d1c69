package org.fjordflow.model;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
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
    for (String name : table.names()) {
      if (table.names().indexOf(name) != table.names().lastIndexOf(name)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "two columns are named '" + name + "'; give each a name of its own");
      }
    }
    Set<Integer> used = new LinkedHashSet<>();
    for (int j = 0; j < table.columns(); j++) {
      used.add(j);
    }
    if (!options.columns().isEmpty()) {
      List<Integer> wanted = indices(table, options.columns());
      wanted.addAll(indices(table, options.target()));
      wanted.addAll(indices(table, options.given()));
      used.retainAll(wanted);
    }
    indices(table, options.drop()).forEach(used::remove);
    String id = options.id();
    int naming = id == null ? -1 : index(table, id);
    used.remove(naming);
    List<Integer> target = indices(table, options.target());
    List<Integer> given = indices(table, options.given());
    for (int column : target) {
      if (given.contains(column)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "column '%s' is both target and given; leave it in one of them"
                .formatted(table.namesOrDefault().get(column)));
      }
    }
    requireUsed(table, target, used);
    requireUsed(table, given, used);
    if (target.isEmpty()) {
      target = new ArrayList<>(used);
      target.removeAll(given);
    } else if (given.isEmpty()) {
      given = new ArrayList<>(used);
      given.removeAll(target);
    }
    return new ColumnRoles(List.copyOf(target), List.copyOf(given), naming);
  }

  private static void requireUsed(Table table, List<Integer> columns, Set<Integer> used) {
    for (int column : columns) {
      if (!used.contains(column)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "column '%s' is to be modelled, and is dropped or names the rows; leave one of them out"
                .formatted(table.namesOrDefault().get(column)));
      }
    }
  }

  private static List<Integer> indices(Table table, List<String> names) {
    List<Integer> found = new ArrayList<>();
    for (String name : names) {
      int column = index(table, name);
      if (!found.contains(column)) {
        found.add(column);
      }
    }
    return found;
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
   * @throws FjordException INVALID_ARGUMENT, naming those there are
   */
  static int index(List<String> names, int columns, String name) {
    int index = names.indexOf(name);
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
