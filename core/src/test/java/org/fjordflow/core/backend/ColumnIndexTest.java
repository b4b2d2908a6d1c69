package org.fjordflow.core.backend;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.Test;

/** Indices of columns, and that moving columns gives the same bits with any number of threads. */
final class ColumnIndexTest {

  @Test
  void runsAreAsLongAsCanBe() {
    ColumnIndex index = ColumnIndex.of(6, 3, 4, 5, ColumnIndex.NONE, 0, 0, 1, ColumnIndex.NONE, 5);
    List<String> runs = new ArrayList<>();
    index.forEachRun((from, to, count) -> runs.add(from + " to " + to + ": " + count));
    assertEquals(List.of("3 to 0: 3", "0 to 4: 1", "0 to 5: 2", "5 to 8: 1"), runs);
    assertEquals(6, index.sourceCols());
    assertEquals(9, index.targetCols());
  }

  @Test
  void columnsThatAreNotThereAreRefused() {
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> ColumnIndex.of(3, 0, 3), "column 3 of 3");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> ColumnIndex.of(3, -2));
  }

  @Test
  void threadsChangeNoBit() {
    double[][] one = moved(1);
    double[][] three = moved(3);
    assertArrayEquals(one[0], three[0]);
    assertArrayEquals(one[1], three[1]);
  }

  private static double[][] moved(int threads) {
    SplittableRandom random = new SplittableRandom(GradientCheck.defaultSeed());
    int rows = 257;
    int cols = 300;
    int[] sources = random.ints(1100, -1, cols).toArray();
    ColumnIndex index = ColumnIndex.of(cols, sources);
    try (CpuBackend backend = new CpuBackend(DType.FLOAT32, threads)) {
      Matrix narrow = backend.allocate(rows, cols);
      Matrix wide = backend.allocate(rows, sources.length);
      backend.upload(random.doubles((long) rows * cols).toArray(), 0, narrow);
      backend.gatherColumns(narrow, index, true, wide);
      double[] gathered = Elements.of(backend, wide);
      backend.scatterColumns(wide, index, true, narrow);
      return new double[][] {gathered, Elements.of(backend, narrow)};
    }
  }
}
