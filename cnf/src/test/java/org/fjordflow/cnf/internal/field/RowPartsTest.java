package org.fjordflow.cnf.internal.field;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every row is in one part, every part in one group, both in order. */
final class RowPartsTest {

  private static final int[] ROWS = {
    0, 1, 2, 3, 15, 16, 17, 31, 32, 33, 34, 100, 150, 511, 700, 1000, 4096, 100_000
  };
  private static final int[] STACKS = {1, 2, 3, 11, 65, 785, 3000};
  private static final int[] WIDTHS = {1, 2, 64, 99, 100, 101, 512, 10_000, 100_000};

  private static String name(RowParts parts, int stack, int width) {
    return parts + ", stack " + stack + ", width " + width;
  }

  @Test
  void rowsAreDealtOutInOrder() {
    for (int rows : ROWS) {
      for (int stack : STACKS) {
        for (int width : WIDTHS) {
          check(rows, RowParts.of(rows, stack, width), stack, width);
        }
      }
    }
  }

  private static void check(int rows, RowParts parts, int stack, int width) {
    String name = name(parts, stack, width);
    int count = parts.count();
    assertEquals(rows, parts.rows(), name);
    assertTrue(count >= 1, name);
    assertEquals(0, parts.start(0), name);
    assertEquals(rows, parts.start(count), name);
    int smallest = IntStream.range(0, count).map(parts::size).min().orElseThrow();
    int largest = IntStream.range(0, count).map(parts::size).max().orElseThrow();
    assertTrue(largest - smallest <= 1, name + ": parts of " + smallest + " to " + largest);
    assertTrue(smallest >= 1 || rows == 0, name + ": an empty part");
    // Odd where there is one part, or where every row is one.
    assertTrue(count % 2 == 0 || count == 1 || count == rows, name);
    groups(parts, name);
  }

  private static void groups(RowParts parts, String name) {
    int groups = parts.groups();
    assertTrue(groups >= 1 && groups <= parts.count(), name);
    assertEquals(0, parts.firstPart(0), name);
    assertEquals(parts.count(), parts.firstPart(groups), name);
    for (int g = 0; g < groups; g++) {
      assertTrue(parts.firstPart(g) < parts.firstPart(g + 1), name + ": group " + g + " is empty");
      for (int p = parts.firstPart(g); p < parts.firstPart(g + 1); p++) {
        assertEquals(g, parts.group(p), name + ": part " + p);
      }
    }
  }

  /** Rows must be worth the trouble, and yet two processors have something to do from 17 on. */
  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "2, 1", "16, 1", "17, 2", "32, 2", "33, 2", "150, 2", "1024, 2"})
  void fewRowsAreFewParts(int rows, int count) {
    assertEquals(count, RowParts.of(rows, 3, 8).count());
  }

  /** Where a row has many tangents, parts are small, so that memory is bounded. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 500})
  void rowsWithManyTangentsAreOnTheirOwn(int rows) {
    RowParts parts = RowParts.of(rows, 3000, 512);
    assertEquals(rows, parts.count());
    for (int p = 0; p < rows; p++) {
      assertEquals(1, parts.size(p));
    }
  }

  /** Stacks stay small, and sums of gradients few, however many rows there are. */
  @Test
  void neitherStacksNorGroupsGrowWithRows() {
    for (int width : WIDTHS) {
      for (int stack : STACKS) {
        RowParts parts = RowParts.of(1_000_000, stack, width);
        String name = name(parts, stack, width);
        assertTrue(parts.size(0) == 1 || parts.size(0) * stack <= 2048, name);
        assertTrue(parts.groups() <= 16, name);
      }
    }
  }

  @Test
  void largeBatchesDoNotOverflow() {
    RowParts parts = RowParts.of(50_000_000, 100, 100);
    assertEquals(50_000_000, parts.start(parts.count()));
    assertEquals(parts.groups() - 1, parts.group(parts.count() - 1));
    assertEquals(parts.count(), parts.firstPart(parts.groups()));
  }
}
