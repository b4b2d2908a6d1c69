package org.fjordflow.cli.page;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.fjordflow.model.ColumnSpec;
import org.fjordflow.model.ColumnSpec.Kind;
import org.fjordflow.model.TableSpec;
import org.fjordflow.report.Interval;
import org.fjordflow.report.page.Axis;
import org.jspecify.annotations.Nullable;

/** What a model's columns, of data and given, are called and how they are drawn. */
final class Columns {

  private static final double DAY = 86_400;

  private Columns() {}

  /**
   * A column.
   *
   * @param name of it
   * @param spec what it stands for, or null for plain numbers
   */
  record Column(String name, @Nullable ColumnSpec spec) {

    /** Whether cells are one of some texts or numbers. */
    boolean isNamed() {
      return spec != null && (spec.kind() == Kind.CATEGORY || spec.kind() == Kind.YES_NO);
    }

    boolean isTime() {
      return spec != null && spec.kind() == Kind.TIME;
    }

    /** Whether cells are whole numbers. */
    boolean isWhole() {
      return spec != null && spec.kind() == Kind.INTEGER;
    }

    String kind() {
      return spec == null ? Kind.REAL.id() : spec.kind().id();
    }

    /** The axis over a range. */
    Axis axis(Interval range) {
      return new Axis(name, range, isTime() ? Axis.Kind.TIME : Axis.Kind.LINEAR, List.of());
    }

    /** A value as it is to be read. */
    String text(double value) {
      return isTime() && Double.isFinite(value)
          ? Instant.ofEpochSecond((long) value).toString().substring(0, 10)
          : Texts.number(value);
    }

    /** A difference of values as it is to be read. */
    String difference(double value) {
      return isTime() ? Texts.number(value / DAY) + " d" : Texts.number(value);
    }
  }

  /** A column of data. */
  static Column data(PageSource source, int j) {
    return new Column(source.columnName(j), source.column(j));
  }

  /** A column that is given. */
  static Column given(PageSource source, int k) {
    TableSpec table = source.model().config().table();
    List<String> names = source.model().contextColumns();
    return new Column(
        names.isEmpty() ? "given " + (k + 1) : names.get(k),
        table == null ? null : table.given().get(k));
  }

  /** The values of a column; those that stand for missing cells are NaN. */
  static double[] values(double[][] rows, int column) {
    return Arrays.stream(rows)
        .mapToDouble(row -> row[column] == -Double.MAX_VALUE ? Double.NaN : row[column])
        .toArray();
  }
}
