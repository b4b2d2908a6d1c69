package org.fjordflow.cli.page;

import java.util.List;
import org.fjordflow.model.ColumnSpec;
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.report.Interval;
import org.fjordflow.report.page.Axis;

/** Axes of a model's columns. */
final class Columns {

  private Columns() {}

  /** The axis of a column of data over a range. */
  static Axis axis(PageSource source, int j, Interval range) {
    ColumnSpec column = source.column(j);
    boolean time = column != null && column.kind() == Kind.TIME;
    return new Axis(
        source.columnName(j), range, time ? Axis.Kind.TIME : Axis.Kind.LINEAR, List.of());
  }
}
