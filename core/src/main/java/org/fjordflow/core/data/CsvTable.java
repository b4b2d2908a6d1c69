package org.fjordflow.core.data;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;

/** Gathers the lines of a text file as a table. */
final class CsvTable {
  private final CellRules rules;
  private List<String> names = List.of();
  private ColumnText @Nullable [] columns;
  private final List<double[]> rows = new ArrayList<>();
  private boolean begun;

  CsvTable(CellRules rules) {
    this.rules = rules;
  }

  CellRules rules() {
    return rules;
  }

  /** Takes the next line that is neither blank nor a comment. */
  void add(CsvLine line) {
    ColumnText[] known = columns;
    if (known == null) {
      names = line.isHeader() ? line.names() : List.of();
      known = columns(line.size());
      columns = known;
    }
    if (!begun) {
      begun = true;
      if (!names.isEmpty()) {
        return;
      }
    }
    line.requireSize(known.length);
    rows.add(line.read(known));
  }

  private ColumnText[] columns(int count) {
    ColumnText[] result = new ColumnText[count];
    for (int j = 0; j < count; j++) {
      String name = names.isEmpty() ? "x" + (j + 1) : names.get(j);
      String place = "column " + (j + 1) + (names.isEmpty() ? "" : " ('" + name + "')");
      result[j] =
          rules.options().text().contains(name)
              ? ColumnText.text(place, rules)
              : ColumnText.any(place, rules);
    }
    return result;
  }

  /** Whether the lines have to be added once more, from the first, because of what came late. */
  boolean again() {
    ColumnText[] known = columns;
    if (known == null) {
      return false;
    }
    ColumnText[] others = new ColumnText[known.length];
    boolean again = false;
    for (int j = 0; j < known.length; j++) {
      ColumnText other = known[j].again();
      again |= other != null;
      others[j] = other == null ? known[j].asRead() : other;
    }
    if (again) {
      columns = others;
      rows.clear();
      begun = false;
    }
    return again;
  }

  /** Returns the table. */
  Table table() {
    ColumnText[] known = columns;
    if (known == null || rows.isEmpty()) {
      throw new FjordException(
          ErrorKey.FILE_DAMAGED,
          rules.source() + " holds no rows" + (names.isEmpty() ? "" : ", only a header line"));
    }
    double[][] all = rows.toArray(double[][]::new);
    List<Table.Type> types = new ArrayList<>();
    for (int j = 0; j < known.length; j++) {
      types.add(known[j].type());
      int[] ranks = known[j].ranks();
      if (ranks != null) {
        rank(all, j, ranks);
      }
    }
    return Table.of(names, types, all);
  }

  private static void rank(double[][] rows, int column, int[] ranks) {
    for (double[] row : rows) {
      if (!Double.isNaN(row[column])) {
        row[column] = ranks[(int) row[column]];
      }
    }
  }
}
