package org.fjordflow.core.flow;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.RowArrays;
import org.junit.jupiter.api.Test;

/** Rows to arrays and back. */
final class RowArraysTest {

  private static final double[][] ROWS = {{1, 2}, {3, -4}, {1e-300, Double.MAX_VALUE}};

  @Test
  void rowsAreFlattenedRowByRow() {
    assertArrayEquals(
        new double[] {1, 2, 3, -4, 1e-300, Double.MAX_VALUE}, RowArrays.flatten(ROWS, 2, "data"));
    assertArrayEquals(new double[] {3, -4}, RowArrays.flatten(ROWS, 1, 2, 2, "data"));
    assertEquals(0, RowArrays.flatten(new double[0][], 2, "data").length);
    assertEquals(0, RowArrays.flatten(new double[3][0], 0, "data").length);
  }

  @Test
  void whatIsWrongIsNamedByItsPlace() {
    double[][] ragged = {{1, 2}, {3}, {4, 5}};
    assertFails(
        ErrorKey.SHAPE_MISMATCH, () -> RowArrays.flatten(ragged, 2, "context"), "row 1", "context");
    for (double bad : new double[] {Double.NaN, 1 / 0.0, -1 / 0.0}) {
      double[][] rows = {{1, 2}, {3, 4}, {5, bad}};
      assertFails(
          ErrorKey.NON_FINITE, () -> RowArrays.flatten(rows, 2, "data"), "row 2", "column 1");
      assertFails(ErrorKey.NON_FINITE, () -> RowArrays.flatten(rows, 2, 3, 2, "data"), "row 2");
    }
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> RowArrays.allocate(-1, 2), "-1");
  }

  @Test
  void aMatrixComesBackAsRows() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Matrix m = backend.allocate(3, 2);
      backend.upload(RowArrays.flatten(ROWS, 2, "data"), 0, m);
      double[][] rows = RowArrays.of(backend, m);
      for (int i = 0; i < 3; i++) {
        assertArrayEquals(ROWS[i], rows[i]);
      }
      assertEquals(2, RowArrays.of(backend, m.rows(1, 3)).length);
      assertEquals(0, RowArrays.of(backend, m.rows(1, 1)).length);
    }
  }
}
