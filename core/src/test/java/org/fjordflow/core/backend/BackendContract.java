package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.UnaryOperator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What every {@link Backend} must do, in both element types: a backend's test extends this class
 * and says how to create it. The system property {@code fjord.test.seed} draws other numbers.
 */
public abstract class BackendContract extends BackendLifeContract {

  /** A matrix of no backend. */
  private record Stray(int rows, int cols) implements Matrix {
    @Override
    public Matrix view(int offset, int viewRows, int viewCols) {
      return new Stray(viewRows, viewCols);
    }
  }

  @ParameterizedTest
  @EnumSource
  void newMatricesAreZeroAndUploadsRound(DType dtype) {
    try (Backend backend = create(dtype)) {
      assertEquals(dtype, backend.dtype());
      Matrix m = backend.allocate(2, 3);
      double[] values = {9, 9, 9, 9, 9, 9, 9, 9};
      backend.download(m, values, 1);
      assertArrayEquals(new double[] {9, 0, 0, 0, 0, 0, 0, 9}, values);
      double[] given = {7, 0.1, 1e-50, 1 + 1e-12, -1e300, Double.NaN, Double.NEGATIVE_INFINITY, 7};
      backend.upload(given, 1, m);
      double[] got = new double[6];
      backend.download(m, got, 0);
      for (int i = 0; i < got.length; i++) {
        assertEquals(dtype == DType.FLOAT32 ? (float) given[i + 1] : given[i + 1], got[i]);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void viewsShareMemory(DType dtype) {
    try (Backend backend = create(dtype)) {
      Matrix whole = backend.allocate(4, 3);
      backend.fill(1, whole.view(5, 2, 3));
      backend.fill(2, whole.rows(1, 3).view(1, 1, 2));
      double[] got = new double[12];
      backend.download(whole, got, 0);
      assertArrayEquals(new double[] {0, 0, 0, 0, 2, 2, 1, 1, 1, 1, 1, 0}, got);
      assertEquals(0, whole.rows(4, 4).size());
      assertEquals(0, whole.view(12, 0, 7).size());
    }
  }

  @ParameterizedTest
  @EnumSource
  void closingTwiceIsClosingOnce(DType dtype) {
    Backend backend = create(dtype);
    backend.fill(1, backend.allocate(3, 4));
    backend.close();
    backend.close();
  }

  @ParameterizedTest
  @EnumSource
  void shapesThatDoNotFitAreRefused(DType dtype) {
    try (Backend backend = create(dtype)) {
      Matrix m = backend.allocate(2, 3);
      shape(() -> backend.allocate(-1, 3));
      shape(() -> backend.allocate(1 << 16, 1 << 16));
      shape(() -> m.view(-1, 1, 1));
      shape(() -> m.view(1, 2, 3));
      shape(() -> m.view(0, -1, 3));
      shape(() -> m.rows(1, 3));
      shape(() -> backend.upload(new double[6], 1, m));
      shape(() -> backend.upload(new double[7], -1, m));
      shape(() -> backend.download(m, new double[6], 1));
      shape(() -> backend.copy(m, backend.allocate(2, 2)));
      shape(() -> backend.transpose(m, backend.allocate(2, 3)));
      shape(() -> backend.transpose(m, backend.allocate(1, 6)));
      Matrix row = backend.allocate(1, 3);
      Matrix column = backend.allocate(2, 1);
      Matrix square = backend.allocate(3, 3);
      shape(() -> backend.gemm(false, false, 1, m, m, 0, square));
      shape(() -> backend.gemm(false, true, 1, m, m, 0, square));
      shape(() -> backend.gemm(true, true, 1, m, square, 0, square));
      shape(() -> backend.add(1, m, 1, row));
      shape(() -> backend.add(1, square, 1, m));
      shape(() -> backend.multiply(1, row, m, 0, m));
      shape(() -> backend.multiply(1, m, square, 0, m));
      shape(() -> backend.multiply(1, m, m, 0, square));
      shape(() -> backend.rowDots(1, m, square, 0, column));
      shape(() -> backend.rowDots(1, m, m, 0, row));
      shape(() -> backend.columnDots(1, m, square, 0, row));
      shape(() -> backend.columnDots(1, m, m, 0, column));
      shape(() -> backend.copyColumns(m, 1, square, 0, 3, false));
      shape(() -> backend.copyColumns(m, 0, square, 0, 3, false));
      shape(() -> backend.copyColumns(m, 0, backend.allocate(2, 2), 1, 2, false));
      shape(() -> backend.copyColumns(m, -1, backend.allocate(2, 3), 0, 1, false));
      shape(() -> backend.copyColumns(m, 0, backend.allocate(2, 3), 0, -1, false));
      ColumnIndex index = ColumnIndex.of(3, 2, ColumnIndex.NONE);
      shape(() -> backend.gatherColumns(backend.allocate(2, 2), index, false, column));
      shape(() -> backend.gatherColumns(m, index, false, column));
      shape(() -> backend.gatherColumns(m, index, false, backend.allocate(3, 2)));
      shape(() -> backend.scatterColumns(m, index, false, backend.allocate(2, 3)));
      shape(() -> backend.scatterColumns(backend.allocate(2, 2), index, false, column));
      shape(() -> backend.scatterColumns(backend.allocate(2, 2), index, false, square));
      shape(() -> backend.softmax(m, square, column));
      shape(() -> backend.softmax(m, backend.allocate(2, 3), row));
      Matrix y = backend.allocate(2, 3);
      shape(() -> backend.apply(Elementwise.TANH, m, square, null, null));
      shape(() -> backend.apply(Elementwise.TANH, m, y, square, null));
      shape(() -> backend.apply(Elementwise.TANH, m, y, null, square));
    }
  }

  @ParameterizedTest
  @EnumSource
  void layersThatDoNotFitAreRefused(DType dtype) {
    try (Backend backend = create(dtype)) {
      Matrix p = backend.allocate(4, 3);
      Matrix y = backend.allocate(4, 3);
      Matrix value = backend.allocate(2, 3);
      Matrix row = backend.allocate(1, 3);
      Matrix wrong = backend.allocate(3, 2);
      Elementwise f = Elementwise.TANH;
      for (int n : new int[] {-1, 0, 3, 5}) {
        shape(() -> backend.layerForward(f, p, n, null, null, y, null, null));
        shape(() -> backend.layerBackward(p, n, null, null, null, y, y, null, null));
      }
      shape(() -> backend.layerForward(f, p, 2, wrong, null, y, null, null));
      shape(() -> backend.layerForward(f, p, 2, null, wrong, y, null, null));
      shape(() -> backend.layerForward(f, p, 2, null, null, wrong, null, null));
      shape(() -> backend.layerForward(f, p, 2, null, null, y, p, null));
      shape(() -> backend.layerForward(f, p, 2, null, null, y, null, p));
      Matrix times = backend.allocate(2, 1);
      shape(() -> backend.timedLayerForward(f, p, wrong, row, row, row, row, y));
      shape(() -> backend.timedLayerForward(f, p, times, wrong, row, row, row, y));
      shape(() -> backend.timedLayerForward(f, p, times, row, wrong, row, row, y));
      shape(() -> backend.timedLayerForward(f, p, times, row, row, wrong, row, y));
      shape(() -> backend.timedLayerForward(f, p, times, row, row, row, wrong, y));
      shape(() -> backend.timedLayerForward(f, p, times, row, row, row, null, wrong));
      shape(() -> backend.layerBackward(p, 2, wrong, null, null, y, y, null, null));
      shape(() -> backend.layerBackward(p, 2, null, p, null, y, y, null, null));
      shape(() -> backend.layerBackward(p, 2, null, null, p, y, y, null, null));
      shape(() -> backend.layerBackward(p, 2, null, null, null, wrong, y, null, null));
      shape(() -> backend.layerBackward(p, 2, null, null, null, y, wrong, null, null));
      shape(() -> backend.layerBackward(p, 2, row, value, value, y, y, wrong, null));
      shape(() -> backend.layerBackward(p, 2, row, value, value, y, y, null, wrong));
    }
  }

  private static void shape(Executable action) {
    FjordException thrown = assertThrows(FjordException.class, action);
    assertEquals(ErrorKey.SHAPE_MISMATCH, thrown.key(), thrown::getMessage);
  }

  @ParameterizedTest
  @EnumSource
  void strayMatricesAreRefused(DType dtype) {
    refuses(dtype, m -> new Stray(m.rows(), m.cols()));
  }

  @ParameterizedTest
  @EnumSource
  void matricesOfAnotherTypeAreRefused(DType dtype) {
    DType otherType = dtype == DType.FLOAT32 ? DType.FLOAT64 : DType.FLOAT32;
    try (Backend other = create(otherType)) {
      refuses(dtype, m -> other.allocate(m.rows(), m.cols()));
    }
  }

  private void refuses(DType dtype, UnaryOperator<Matrix> foreign) {
    try (Backend b = create(dtype)) {
      Matrix m = b.allocate(2, 2);
      Matrix c = b.allocate(2, 2);
      Matrix row = b.allocate(1, 2);
      Matrix column = b.allocate(2, 1);
      Matrix f = foreign.apply(m);
      Matrix fRow = foreign.apply(row);
      Matrix fColumn = foreign.apply(column);
      type(() -> b.upload(new double[4], 0, f));
      type(() -> b.download(f, new double[4], 0));
      type(() -> b.copy(f, m));
      type(() -> b.copy(m, f));
      type(() -> b.transpose(f, m));
      type(() -> b.transpose(m, f));
      type(() -> b.fill(1, f));
      type(() -> b.gemm(false, false, 1, f, m, 0, c));
      type(() -> b.gemm(false, false, 1, m, f, 0, c));
      type(() -> b.gemm(false, false, 1, m, m, 0, f));
      type(() -> b.add(1, f, 0, m));
      type(() -> b.add(1, m, 0, f));
      type(() -> b.multiply(1, f, m, 0, c));
      type(() -> b.multiply(1, m, f, 0, c));
      type(() -> b.multiply(1, m, m, 0, f));
      type(() -> b.rowDots(1, f, m, 0, column));
      type(() -> b.rowDots(1, m, f, 0, column));
      type(() -> b.rowDots(1, m, m, 0, fColumn));
      type(() -> b.columnDots(1, f, m, 0, row));
      type(() -> b.columnDots(1, m, f, 0, row));
      type(() -> b.columnDots(1, m, m, 0, fRow));
      type(() -> b.copyColumns(f, 0, m, 0, 1, false));
      type(() -> b.copyColumns(m, 0, f, 0, 1, false));
      ColumnIndex index = ColumnIndex.of(2, 1, 0);
      type(() -> b.gatherColumns(f, index, false, c));
      type(() -> b.gatherColumns(m, index, false, f));
      type(() -> b.scatterColumns(f, index, false, c));
      type(() -> b.scatterColumns(m, index, false, f));
      type(() -> b.softmax(f, m, column));
      type(() -> b.softmax(m, f, column));
      type(() -> b.softmax(m, c, fColumn));
      Elementwise tanh = Elementwise.TANH;
      type(() -> b.apply(tanh, f, m, null, null));
      type(() -> b.apply(tanh, m, f, null, null));
      type(() -> b.apply(tanh, m, c, f, null));
      type(() -> b.apply(tanh, m, c, null, f));
      type(() -> b.layerForward(tanh, f, 2, row, row, c, null, null));
      type(() -> b.layerForward(tanh, m, 2, fRow, row, c, null, null));
      type(() -> b.layerForward(tanh, m, 2, row, fRow, c, null, null));
      type(() -> b.layerForward(tanh, m, 2, row, row, f, null, null));
      type(() -> b.layerForward(tanh, m, 2, row, row, c, f, null));
      type(() -> b.layerForward(tanh, m, 2, row, row, c, null, f));
      type(() -> b.layerBackward(f, 2, row, m, m, c, c, null, null));
      type(() -> b.layerBackward(m, 2, fRow, m, m, c, c, null, null));
      type(() -> b.layerBackward(m, 2, row, f, m, c, c, null, null));
      type(() -> b.layerBackward(m, 2, row, m, f, c, c, null, null));
      type(() -> b.layerBackward(m, 2, row, m, m, f, c, null, null));
      type(() -> b.layerBackward(m, 2, row, m, m, c, f, null, null));
      type(() -> b.layerBackward(m, 2, row, m, m, c, c, fRow, null));
      type(() -> b.layerBackward(m, 2, row, m, m, c, c, null, fRow));
    }
  }

  private static void type(Executable action) {
    FjordException thrown = assertThrows(FjordException.class, action);
    assertEquals(ErrorKey.TYPE_MISMATCH, thrown.key(), thrown::getMessage);
  }
}
