package org.fjordflow.core.data.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

final class RowSelectionTest {
  @Test
  void rowsAreSpreadEvenly() {
    double[][] rows = new double[10][1];
    for (int i = 0; i < rows.length; i++) {
      rows[i][0] = i;
    }
    double[][] kept = RowSelection.thinned(rows, 4);
    assertEquals(4, kept.length);
    int[] expected = {0, 2, 5, 7};
    for (int i = 0; i < kept.length; i++) {
      assertSame(rows[expected[i]], kept[i]);
    }
    assertSame(rows, RowSelection.thinned(rows, 10));
    assertEquals(0, RowSelection.thinned(rows, 0).length);
  }
}
