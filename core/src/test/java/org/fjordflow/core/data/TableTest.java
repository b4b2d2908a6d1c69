package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TableTest {
  private static final double[][] ROWS = {{1, 2, 3}, {4, 5, 6}};

  @Test
  void selects() {
    Table table = Table.of(List.of("a", "b", "c"), ROWS);
    assertEquals(2, table.rowCount());
    assertEquals(3, table.columns());
    assertArrayEquals(new double[] {2, 5}, table.column(1));
    Table rows = table.selectRows(new int[] {1, 1, 0});
    assertArrayEquals(new double[] {4, 4, 1}, rows.column(0));
    Table columns = table.selectColumns(new int[] {2, 0});
    assertEquals(List.of("c", "a"), columns.names());
    assertArrayEquals(new double[] {6, 4}, columns.rows()[1]);
    assertEquals(List.of("x1", "x2", "x3"), Table.of(ROWS).namesOrDefault());
    assertEquals(List.of(), Table.of(ROWS).selectColumns(new int[] {1}).names());
  }

  @Test
  void refusesWrongShapes() {
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> Table.of(new double[][] {{1, 2}, {3}}), "row 2");
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> Table.of(new double[][] {{}, {}}));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> Table.of(List.of("a"), ROWS));
    Table table = Table.of(ROWS);
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> table.column(3));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> table.selectRows(new int[] {2}));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> table.selectColumns(new int[] {-1}));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> table.selectColumns(new int[0]));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "1.5", "-inf", "NaN", "two\nlines"})
  void refusesNamesThatAreNone(String name) {
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> Table.of(List.of(name), new double[][] {{1}, {2}}));
  }

  @Test
  void findsWhatIsNotFinite() {
    assertSame(ROWS, Table.of(ROWS).requireFinite("rows").rows());
    Table table = Table.of(new double[][] {{1, 2}, {3, Double.NaN}});
    assertFails(
        ErrorKey.NON_FINITE, () -> table.requireFinite("the file"), "the file", "row 2, column 2");
  }
}
