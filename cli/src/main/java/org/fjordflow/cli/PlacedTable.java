package org.fjordflow.cli;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.Tables;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Failures.Failure;

/**
 * A table that was read as a whole, with where its rows stand.
 *
 * @param table the rows
 * @param places as many
 * @param dropped rows that were left out
 */
record PlacedTable(Table table, RowPlaces places, int dropped) {

  /** Reads all rows. */
  static PlacedTable read(Tables.Rows parts, String location) {
    Table all = parts.next();
    if (all == null) {
      throw new FjordException(ErrorKey.FILE_DAMAGED, location + " holds no rows");
    }
    return new PlacedTable(all, RowPlaces.of(0, all.rowCount(), parts.lines()), 0);
  }

  /** Leaves out all rows but some. */
  PlacedTable keep(int[] rows) {
    return rows.length == table.rowCount()
        ? this
        : new PlacedTable(
            table.selectRows(rows), places.select(rows), dropped + table.rowCount() - rows.length);
  }

  /**
   * Says which rows have no result.
   *
   * @param what such rows have, such as {@code no prediction, NaN}
   * @throws FjordException NON_FINITE if no row has one, or none may lack it
   */
  void report(
      Failures failures, MissingRows missing, String location, String what, Console console) {
    RowRemarks remarks = new RowRemarks();
    for (Failure failure : failures.list()) {
      missing.require(location, places.text(failure.row()), failure.reason());
      remarks.add(failure.reason(), places, failure.row());
    }
    if (remarks.rows() == table.rowCount()) {
      throw new FjordException(
          ErrorKey.NON_FINITE,
          "%s: no row has a result: %s"
              .formatted(location, remarks.isEmpty() ? "all of them lack cells" : remarks.line()));
    }
    remarks.say(console, what);
    if (dropped > 0) {
      console.say(
          "%d %s left out for lack of cells", dropped, dropped == 1 ? "row is" : "rows are");
    }
  }
}
