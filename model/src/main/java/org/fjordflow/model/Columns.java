package org.fjordflow.model;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;

/**
 * What the columns of a model are called.
 *
 * @param dim columns of data
 * @param size columns of context
 * @param data one name a column of data, or none
 * @param context one name a column of context, or none
 */
record Columns(int dim, int size, List<String> data, List<String> context) {

  static Columns unnamed(FlowSpec spec) {
    return new Columns(spec.dim(), spec.context(), List.of(), List.of());
  }

  static Columns of(FlowSpec spec, List<String> data, List<String> context) {
    requireAllOrNone(data, spec.dim(), "data");
    requireAllOrNone(context, spec.context(), "context");
    requireDistinct(data, context);
    return new Columns(spec.dim(), spec.context(), List.copyOf(data), List.copyOf(context));
  }

  private static void requireAllOrNone(List<String> names, int columns, String what) {
    if (!names.isEmpty() && names.size() != columns) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH, names.size() + " names for " + columns + " columns of " + what);
    }
  }

  private static void requireDistinct(List<String> data, List<String> context) {
    Set<String> seen = new HashSet<>();
    for (String name : Stream.concat(data.stream(), context.stream()).toList()) {
      if (!seen.add(name)) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "two columns are named '" + name + "'; give each a name of its own, or none a name");
      }
    }
  }

  /** Reads names from what is said about a model; there may be none. */
  static Columns read(JsonNode about, String dataKey, String contextKey, FlowSpec spec) {
    return of(spec, names(about.path(dataKey)), names(about.path(contextKey)));
  }

  private static List<String> names(JsonNode list) {
    List<String> names = new ArrayList<>();
    list.forEach(name -> names.add(name.asText()));
    return names;
  }

  /** Returns the columns of data of a table. */
  double[][] dataOf(Table table) {
    return named(table)
        ? select(table, data)
        : size == 0 ? inOrder(table).rows() : inOrder(table).selectColumns(range(0, dim)).rows();
  }

  /** Returns the columns of context of a table. */
  Context contextOf(Table table) {
    if (size == 0) {
      return Context.none();
    }
    return Context.of(
        named(table)
            ? select(table, context)
            : inOrder(table).selectColumns(range(dim, dim + size)).rows());
  }

  /** Returns the columns of context of a table that need not have those of data. */
  double[][] givenOf(Table table) {
    if (!data.isEmpty() && context.size() == size && !table.names().isEmpty()) {
      requireNames(table, context);
      return select(table, context);
    }
    if (table.columns() == size) {
      return table.rows();
    }
    return inOrder(table).selectColumns(range(dim, dim + size)).rows();
  }

  /** Whether columns are found by name: where both know names, all have to be there. */
  private boolean named(Table table) {
    if (data.isEmpty() || context.size() != size || table.names().isEmpty()) {
      return false;
    }
    requireNames(table, Stream.concat(data.stream(), context.stream()).toList());
    return true;
  }

  private void requireNames(Table table, List<String> names) {
    for (String name : names) {
      if (!table.names().contains(name)) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "no column '%s'; the model has %s%s, the table %s. A table without names is taken in order"
                .formatted(name, data, size == 0 ? "" : " given " + context, table.names()));
      }
    }
  }

  private static double[][] select(Table table, List<String> names) {
    return table.selectColumns(names.stream().mapToInt(table.names()::indexOf).toArray()).rows();
  }

  private Table inOrder(Table table) {
    if (table.columns() != dim + size) {
      throw new FjordException(
          ErrorKey.SHAPE_MISMATCH,
          "given %d columns%s; the model has %d%s%s"
              .formatted(
                  table.columns(),
                  table.names().isEmpty() ? "" : ", " + table.names(),
                  dim,
                  size == 0 ? "" : " and " + size + " of context",
                  data.isEmpty() ? "" : ": " + data + (size == 0 ? "" : " and " + context)));
    }
    return table;
  }

  private static int[] range(int from, int to) {
    return IntStream.range(from, to).toArray();
  }

  /** Returns rows of data as a table, with names where there are. */
  Table table(double[][] rows) {
    return data.isEmpty() ? Table.of(rows) : Table.of(data, rows);
  }
}
