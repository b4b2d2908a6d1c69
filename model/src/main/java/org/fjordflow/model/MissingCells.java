package org.fjordflow.model;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.model.TableOptions.Missing;

/** What is done with cells that are missing, and with infinite ones. */
final class MissingCells {

  private MissingCells() {}

  /**
   * Leaves out rows with missing cells, where that is asked for.
   *
   * @param data columns of data, from 0
   * @param given columns of context, from 0
   * @throws FjordException NON_FINITE, naming row and column, for one that may not be missing
   */
  static Table leftOut(Table table, List<Integer> data, List<Integer> given, Missing missing) {
    List<Integer> strict = new ArrayList<>(data);
    if (missing != Missing.MARK) {
      strict.addAll(given);
    }
    int[] complete =
        IntStream.range(0, table.rowCount())
            .filter(i -> strict.stream().noneMatch(j -> Double.isNaN(table.rows()[i][j])))
            .toArray();
    if (complete.length == table.rowCount()) {
      return table;
    }
    if (missing == Missing.DROP_ROWS) {
      if (complete.length == 0) {
        throw new FjordException(
            ErrorKey.INVALID_ARGUMENT,
            "every row has a missing cell; drop the columns that have most of them");
      }
      return table.selectRows(complete);
    }
    throw missingCell(table, strict, complete, data, missing);
  }

  static void requireFinite(Table table, List<Integer> columns) {
    for (int i = 0; i < table.rowCount(); i++) {
      for (int j : columns) {
        if (Double.isInfinite(table.rows()[i][j])) {
          throw new FjordException(
              ErrorKey.NON_FINITE,
              "row %d, column '%s' is %s, expected finite numbers; remove such rows"
                  .formatted(i + 1, table.namesOrDefault().get(j), table.rows()[i][j]));
        }
      }
    }
  }

  private static FjordException missingCell(
      Table table, List<Integer> strict, int[] complete, List<Integer> data, Missing missing) {
    int row = 0;
    while (row < complete.length && complete[row] == row) {
      row++;
    }
    int at = row;
    int column =
        strict.stream().filter(j -> Double.isNaN(table.rows()[at][j])).findFirst().orElseThrow();
    int rows = table.rowCount() - complete.length;
    return new FjordException(
        ErrorKey.NON_FINITE,
        "row %d, column '%s' is missing, as are cells of %d row%s in all; %s"
            .formatted(
                row + 1,
                table.namesOrDefault().get(column),
                rows,
                rows == 1 ? "" : "s",
                missing == Missing.MARK && data.contains(column)
                    ? "a model of a column needs its cells: --missing drop-rows leaves such rows out"
                    : "--missing drop-rows leaves such rows out, and --missing mark tells them in"
                        + " columns that are given"));
  }

  /** Refuses missing and infinite cells. */
  static void requireNone(Table table) {
    for (int i = 0; i < table.rowCount(); i++) {
      for (int j = 0; j < table.columns(); j++) {
        if (!Double.isFinite(table.rows()[i][j])) {
          throw new FjordException(
              ErrorKey.NON_FINITE,
              "row %d, column '%s' is %s; leave such rows out"
                  .formatted(
                      i + 1,
                      table.namesOrDefault().get(j),
                      Double.isNaN(table.rows()[i][j]) ? "missing" : table.rows()[i][j]));
        }
      }
    }
  }
}
