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
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Pass.Failures;
import org.jspecify.annotations.Nullable;

/**
 * What the columns of a model are called.
 *
 * @param dim columns of data
 * @param size columns of context
 * @param data one name a column of data, or none
 * @param context one name a column of context, or none
 * @param table what they stand for, or null where all are real numbers
 */
record Columns(
    int dim, int size, List<String> data, List<String> context, @Nullable TableSpec table) {

  static Columns unnamed(FlowSpec spec) {
    TableSpec table = spec.table();
    return new Columns(
        spec.dim(),
        size(spec),
        table == null ? List.of() : table.dataNames(),
        table == null ? List.of() : table.givenNames(),
        table);
  }

  static Columns of(FlowSpec spec, List<String> data, List<String> context) {
    requireAllOrNone(data, spec.dim(), "data");
    requireAllOrNone(context, size(spec), "context");
    requireDistinct(data, context);
    return new Columns(
        spec.dim(), size(spec), List.copyOf(data), List.copyOf(context), spec.table());
  }

  private static int size(FlowSpec spec) {
    TableSpec table = spec.table();
    return table == null ? spec.context() : table.given().size();
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

  /** Returns the columns of data of a table, as the model has their cells. */
  double[][] dataOf(Table rows) {
    int[] found = named(rows, false) ? indices(rows, data) : range(0, inOrder(rows).dim());
    return recoded(rows, found, table == null ? null : table.data(), false, null);
  }

  /**
   * Returns the columns of context of a table, as the model has their cells.
   *
   * @param failures takes rows with texts that the model does not know, or null where such a row is
   *     an error
   */
  Context contextOf(Table rows, @Nullable Failures failures) {
    if (size == 0) {
      return Context.none();
    }
    return Context.of(contextRows(rows, failures));
  }

  /** Returns the columns of context of a table, which there are, as the model has their cells. */
  private double[][] contextRows(Table rows, @Nullable Failures failures) {
    int[] found =
        named(rows, true) ? indices(rows, context) : range(dim, inOrder(rows).dim() + size);
    return recoded(rows, found, table == null ? null : table.given(), true, failures);
  }

  /** Returns the columns of context of a table that need not have those of data. */
  double[][] givenOf(Table rows, @Nullable Failures failures) {
    return named(rows, true) || rows.columns() != size
        ? contextRows(rows, failures)
        : recoded(rows, range(0, size), table == null ? null : table.given(), true, failures);
  }

  private double[][] recoded(
      Table rows,
      int[] found,
      @Nullable List<ColumnSpec> specs,
      boolean given,
      @Nullable Failures failures) {
    double[][] values = rows.selectColumns(found).rows();
    for (int j = 0; j < found.length; j++) {
      ColumnSpec spec = specs == null ? null : specs.get(j);
      Recoding.of(spec, rows.type(found[j]), name(rows, found[j]), given)
          .apply(values, j, failures);
    }
    return values;
  }

  private static String name(Table rows, int column) {
    return rows.namesOrDefault().get(column);
  }

  /** Whether columns are found by name: where both know names, all have to be there. */
  private boolean named(Table table, boolean given) {
    if (data.isEmpty() || context.size() != size || table.names().isEmpty()) {
      return false;
    }
    for (String name : given ? context : data) {
      if (table.names().indexOf(name) != table.names().lastIndexOf(name)) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "two columns are named '%s'; give the one that is meant alone this name"
                .formatted(name));
      }
      if (!table.names().contains(name)) {
        throw new FjordException(
            ErrorKey.SHAPE_MISMATCH,
            "no column '%s'%s; the model has %s%s, the table %s. A table without names is taken in order"
                .formatted(
                    name,
                    Suggestions.guess(name, table.names()),
                    data,
                    size == 0 ? "" : " given " + context,
                    table.names()));
      }
    }
    return true;
  }

  private static int[] indices(Table table, List<String> names) {
    return names.stream().mapToInt(table.names()::indexOf).toArray();
  }

  private Columns inOrder(Table table) {
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
    return this;
  }

  private static int[] range(int from, int to) {
    return IntStream.range(from, to).toArray();
  }

  /** Returns rows of data as a table, with names and kinds where there are. */
  Table table(double[][] rows) {
    if (table == null) {
      return data.isEmpty() ? Table.of(rows) : Table.of(data, rows);
    }
    List<String> names = data.isEmpty() ? Table.of(rows).namesOrDefault() : data;
    return Table.of(names, table.data().stream().map(Recoding::type).toList(), rows);
  }
}
