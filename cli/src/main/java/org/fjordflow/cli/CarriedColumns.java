package org.fjordflow.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.base.internal.Suggestions;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.TableSpec;
import org.jspecify.annotations.Nullable;

/**
 * The columns of a file that are written before what is found for its rows: what names a row, and
 * others that are carried along.
 */
final class CarriedColumns {
  private static final String ROW = "row";

  private final String location;
  private final FlowModel model;
  private final @Nullable String id;
  private final boolean idIsNeeded;
  private final List<String> others;
  private final Numbers numbers;

  /** When the numbers of rows are written. */
  enum Numbers {
    NEVER,
    WITHOUT_ID,
    ALWAYS
  }

  /**
   * Columns of a file.
   *
   * @param id column that names rows, or null for the one that the model was trained with, where
   *     the file has it
   * @param carried more columns
   * @param numbers when the numbers of rows are written, from 1
   */
  CarriedColumns(
      String location,
      FlowModel model,
      @Nullable String id,
      List<String> carried,
      Numbers numbers) {
    this.location = location;
    this.model = model;
    this.id = id == null ? trained(model) : id;
    Set<String> distinct = new LinkedHashSet<>(carried);
    this.idIsNeeded = id != null || distinct.contains(this.id);
    distinct.remove(this.id);
    this.others = List.copyOf(distinct);
    this.numbers = numbers;
  }

  private static @Nullable String trained(FlowModel model) {
    TableSpec table = model.config().table();
    return table == null ? null : table.id();
  }

  /** The column that names rows, which a file need not have where the model alone knows it. */
  @Nullable String id() {
    return id;
  }

  /** Names of the columns to read for it; that which names rows need not be there. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    if (id != null) {
      names.add(id);
    }
    names.addAll(others);
    return names;
  }

  /** Names of the columns that a file has. */
  private List<String> copied(List<String> there) {
    return names().stream().filter(there::contains).toList();
  }

  /**
   * Checks that a file has the columns.
   *
   * @param there names of its columns, or none
   * @throws FjordException INVALID_ARGUMENT, naming one that is not there
   */
  void requireThere(List<String> there) {
    for (String name : names()) {
      if (idIsNeeded || !name.equals(id)) {
        requireColumn(location, there, name);
      }
    }
  }

  /**
   * Checks that a file has columns; of standard input it is seen later.
   *
   * @throws FjordException INVALID_ARGUMENT, naming one that is not there
   */
  static void requireColumns(String location, ReadingOptions reading, List<String> names) {
    if (names.isEmpty() || TableFiles.isStream(location)) {
      return;
    }
    try (Tables.Rows rows = TableFiles.stream(location, reading.options(), Set.of(), 1)) {
      names.forEach(name -> requireColumn(location, rows.names(), name));
    }
  }

  /** Checks that a file has a column. */
  static void requireColumn(String location, List<String> there, String name) {
    if (!there.contains(name)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%s has no column '%s'; %sit has %s"
              .formatted(
                  location,
                  name,
                  Suggestions.question(name, there),
                  there.isEmpty() ? "no header" : there));
    }
    if (there.indexOf(name) != there.lastIndexOf(name)) {
      throw new FjordException(
          ErrorKey.INVALID_ARGUMENT,
          "%s has two columns named '%s'; give each a name of its own".formatted(location, name));
    }
  }

  /**
   * Checks that no two columns of what is written have the same name.
   *
   * @param there names of the file's columns
   * @param results names of what is found
   * @throws FjordException INVALID_ARGUMENT, naming one
   */
  void requireFree(List<String> there, Collection<String> results) {
    List<String> copied = copied(there);
    for (String name : copied) {
      if (results.contains(name) || (isNumbered(copied) && name.equals(ROW))) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "%s: column '%s' is to be carried, and what is written has a column of that name; rename it, or do not carry it"
                .formatted(location, name));
      }
    }
  }

  /** The columns that a model may have: all of them where it finds its own by name. */
  Table own(Table part) {
    List<String> copied = copied(part.names());
    if (copied.isEmpty() || !model.columns().isEmpty()) {
      return part;
    }
    return part.selectColumns(
        IntStream.range(0, part.columns())
            .filter(j -> !copied.contains(part.names().get(j)))
            .toArray());
  }

  private boolean isNumbered(List<String> copied) {
    return numbers == Numbers.ALWAYS
        || (numbers == Numbers.WITHOUT_ID && (id == null || !copied.contains(id)));
  }

  /**
   * Puts the columns before what was found.
   *
   * @param part rows as they were read
   * @param places of these rows
   * @param results a row for each
   */
  Table before(Table part, RowPlaces places, Table results) {
    List<String> names = new ArrayList<>();
    List<Table.Type> types = new ArrayList<>();
    List<double[]> columns = new ArrayList<>();
    List<String> copied = copied(part.names());
    if (isNumbered(copied)) {
      double[] all = new double[part.rowCount()];
      Arrays.setAll(all, places::number);
      names.add(ROW);
      types.add(Table.Type.WHOLE);
      columns.add(all);
    }
    for (String name : copied) {
      int column = part.names().indexOf(name);
      names.add(name);
      types.add(part.type(column));
      columns.add(part.column(column));
    }
    if (names.isEmpty()) {
      return results;
    }
    int own = names.size();
    names.addAll(results.namesOrDefault());
    types.addAll(results.types());
    double[][] found = results.rows();
    double[][] written = new double[found.length][names.size()];
    for (int i = 0; i < written.length; i++) {
      for (int j = 0; j < own; j++) {
        written[i][j] = columns.get(j)[i];
      }
      System.arraycopy(found[i], 0, written[i], own, found[i].length);
    }
    return Table.of(names, types, written);
  }
}
