package org.fjordflow.cli.compare;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Table;
import org.junit.jupiter.api.Test;

/** What is done with rows before they are dealt out. */
final class RowPreparationTest {

  private static final Table TABLE =
      Table.of(List.of("a", "b", "c"), new double[][] {{1, 2, 3}, {4, 5, 6}});

  private static RandomGenerator random() {
    return new SplittableRandom(1);
  }

  @Test
  void nothingToDoLeavesTheTable() {
    assertSame(TABLE, new RowPreparation("", false, false).apply(TABLE, random()));
  }

  @Test
  void columnsAreChosenByNumbersAndRanges() {
    Table chosen = new RowPreparation("3,1-2", false, false).apply(TABLE, random());
    assertEquals(List.of("c", "a", "b"), chosen.names());
    assertArrayEquals(new double[] {6, 4, 5}, chosen.rows()[1]);
    for (String wrong : List.of("0", "a", "1-", "2,,3", "3-2")) {
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> new RowPreparation(wrong, false, false).apply(TABLE, random()),
          "--columns " + wrong);
    }
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> new RowPreparation("2-4", false, false).apply(TABLE, random()),
        "columns 1 to 3");
  }

  /** The area of a cell of longitudes and latitudes on the sphere is that of its image. */
  @Test
  void equalAreasStayEqual() {
    RowPreparation earth = new RowPreparation("", true, false);
    Table corners = earth.apply(Table.of(new double[][] {{30, -180}, {-90, 90}, {0, 0}}), random());
    assertArrayEquals(new double[] {-Math.PI, 0.5}, corners.rows()[0], 1e-15);
    assertArrayEquals(new double[] {Math.PI / 2, -1}, corners.rows()[1], 1e-15);
    assertArrayEquals(new double[2], corners.rows()[2]);
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> earth.apply(TABLE, random()), "3 columns");
    Table outside = Table.of(new double[][] {{0, 0}, {91, 0}});
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> earth.apply(outside, random()), "row 2");
  }

  @Test
  void wholeNumbersAreSpreadOverTheirCells() {
    RowPreparation dequantize = new RowPreparation("", false, true);
    Table spread = dequantize.apply(TABLE, random());
    assertEquals(TABLE.names(), spread.names());
    for (int i = 0; i < 2; i++) {
      for (int j = 0; j < 3; j++) {
        assertEquals(TABLE.rows()[i][j], Math.floor(spread.rows()[i][j]));
      }
    }
    assertTrue(spread.rows()[0][0] != 1);
    // A column that is not of whole numbers is left as it is.
    Table mixed = dequantize.apply(Table.of(new double[][] {{1, 2}, {1, 2.5}}), random());
    assertEquals(1, Math.floor(mixed.rows()[1][0]));
    assertTrue(mixed.rows()[1][0] != 1);
    assertEquals(2.5, mixed.rows()[1][1]);
    Table halves = Table.of(new double[][] {{-1, 2}, {1, 2.5}});
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> dequantize.apply(halves, random()),
        "columns of whole numbers of at least 0; none of [x1, x2] is one");
  }

  @Test
  void budgetsAreReadAsTimes() {
    assertEquals(300, Budget.time("5m").seconds());
    assertEquals(90, Budget.time("90s").seconds());
    assertEquals(5400, Budget.time("1.5h").seconds());
    assertEquals(7, Budget.time("7").seconds());
    for (String wrong : List.of("", "m", "0", "0s", "-1s", "5 m", "5d", "1e3")) {
      assertFails(ErrorKey.INVALID_ARGUMENT, () -> Budget.time(wrong), "90s, 5m or 1.5h");
    }
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new Budget(1, 1));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new Budget(0, 0));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new Budget(0, -1));
  }
}
