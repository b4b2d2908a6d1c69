package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.junit.jupiter.api.Test;

/** Columns are found by name or not at all; in order only where there are no names. */
final class ColumnNamesTest {

  private static final double[][] ROWS = {{1, 20}, {2, 10}, {3, 30}, {2.5, 15}, {1.5, 12}};

  private static FlowModel fit(Table table, String... context) {
    return FlowModel.fit(
        table, FitOptions.builder(Recipe.MAF).context(context).steps(2).validation(0).build());
  }

  @Test
  void namesDecideWhereBothHaveThem() {
    Table table = Table.of(List.of("a", "b"), ROWS);
    try (FlowModel model = fit(table)) {
      double[] expected = model.logProb(ROWS);
      assertArrayEquals(expected, model.logProb(table));
      assertArrayEquals(expected, model.logProb(Table.of(ROWS)));
      assertArrayEquals(expected, model.logProb(table.selectColumns(new int[] {1, 0})));
      assertFails(
          ErrorKey.SHAPE_MISMATCH,
          () -> model.logProb(Table.of(List.of("B", "a"), ROWS)),
          "no column 'b'",
          "[B, a]");
    }
    try (FlowModel model = fit(table, "a")) {
      assertFails(
          ErrorKey.SHAPE_MISMATCH,
          () -> model.logProb(Table.of(List.of("A", "b"), ROWS)),
          "no column 'a'");
    }
  }

  @Test
  void twoColumnsOfOneNameAreRefused() {
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> fit(Table.of(List.of("a", "a"), ROWS)),
        "two columns are named 'a'");
  }

  @Test
  void whatCannotBeFittedSaysWhy() {
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> FlowModel.fit(new double[0][], FitOptions.of(Recipe.MAF)),
        "no rows");
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> fit(Table.of(ROWS), "a"), "no column 'a'", "no names");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> FlowModel.fit(new double[][] {{1}, {2}}, FitOptions.of(Recipe.NSF)),
        "at least 2 columns");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () ->
            FlowModel.fit(
                Table.of(ROWS), FitOptions.builder(Recipe.MAF.spec(3, 0)).validation(0).build()),
        "3 columns",
        "2 and 0");
  }

  @Test
  void mapsSayWhichRowOverflows() {
    try (FlowModel model = fit(Table.of(ROWS))) {
      assertFails(
          ErrorKey.NON_FINITE,
          () -> model.toBase(new double[][] {{1, 2}, {1e300, 2}}, Context.none()),
          "row 2");
      assertFails(
          ErrorKey.NON_FINITE,
          () -> model.fromBase(new double[][] {{0, Double.NaN}}, Context.none()),
          "row 1, column 2");
      assertEquals(1, model.fromBase(new double[][] {{0, 0}}, Context.none()).length);
    }
  }
}
