package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Table.Split;
import org.junit.jupiter.api.Test;

class MomentsTest {
  @Test
  void agreesWithClosedForms() {
    Moments moments = Moments.of(new double[][] {{1, 10}, {2, 10}, {3, 10}, {4, 10}});
    assertArrayEquals(new double[] {2.5, 10}, moments.mean());
    assertArrayEquals(new double[] {Math.sqrt(1.25), 1}, moments.standardDeviation(), 1e-15);
  }

  @Test
  void aLargeMeanCostsNoDigits() {
    // 1e9 + {0, 1, ..., 999}: variance (1000^2 - 1) / 12.
    double[][] rows = new double[1000][1];
    for (int i = 0; i < rows.length; i++) {
      rows[i][0] = 1e9 + i;
    }
    Moments moments = Moments.of(rows);
    assertEquals(1e9 + 499.5, moments.mean()[0], 1e-6);
    assertEquals(Math.sqrt(999999.0 / 12), moments.standardDeviation()[0], 1e-10);
  }

  @Test
  void constantColumnsOfAnyValueHaveDeviationOne() {
    double[] values = {0, 0.1, -1e300, Double.MAX_VALUE, Double.MIN_VALUE, 1.0 / 3};
    double[][] rows = new double[997][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = values.clone();
    }
    Moments moments = Moments.of(rows);
    for (int j = 0; j < values.length; j++) {
      assertEquals(1, moments.standardDeviation()[j], "column of " + values[j]);
      assertEquals(values[j], moments.mean()[j], 4 * Math.ulp(values[j]));
    }
  }

  @Test
  void extremeScalesDoNotOverflow() {
    Moments moments = Moments.of(new double[][] {{1e300, 1e-300}, {-1e300, -1e-300}});
    assertArrayEquals(new double[] {0, 0}, moments.mean());
    assertEquals(1e300, moments.standardDeviation()[0], 1e286);
    assertEquals(1e-300, moments.standardDeviation()[1], 1e-314);
  }

  @Test
  void standardizesAndRestores() {
    long seed = 5;
    SplittableRandom random = new SplittableRandom(seed);
    double[][] rows = new double[500][3];
    for (double[] row : rows) {
      row[0] = 1e6 + random.nextGaussian();
      row[1] = 1e-6 * random.nextGaussian();
      row[2] = 3;
    }
    Moments moments = Moments.of(rows);
    double[][] standard = moments.standardize(rows);
    Moments after = Moments.of(standard);
    assertArrayEquals(new double[3], after.mean(), 1e-9, "seed " + seed);
    assertArrayEquals(new double[] {1, 1, 1}, after.standardDeviation(), 1e-9, "seed " + seed);
    double[][] restored = moments.restore(standard);
    for (int i = 0; i < rows.length; i++) {
      assertArrayEquals(rows[i], restored[i], 1e-9);
    }
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> moments.standardize(new double[][] {{1}}));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> moments.restore(new double[][] {{1, 2, 3, 4}}));
  }

  @Test
  void refusesWhatHasNoMoments() {
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> Moments.of(new double[0][]));
    assertFails(ErrorKey.NON_FINITE, () -> Moments.of(new double[][] {{Double.NaN}}));
    double[] one = {1};
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new Moments(one, new double[] {0}));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> new Moments(one, new double[2]));
  }

  @Test
  void splitsDealEveryRowOutOnce() {
    double[][] rows = new double[103][1];
    for (int i = 0; i < rows.length; i++) {
      rows[i][0] = i;
    }
    Table table = Table.of(List.of("a"), rows);
    Split split = Split.random(table, 0.1, 0.2, new SplittableRandom(3));
    assertEquals(10, split.validation().rowCount());
    assertEquals(21, split.test().rowCount());
    assertEquals(72, split.train().rowCount());
    List<double[]> all = new ArrayList<>();
    for (Table part : List.of(split.train(), split.validation(), split.test())) {
      all.addAll(List.of(part.rows()));
      assertEquals(List.of("a"), part.names());
    }
    assertEquals(103, all.stream().mapToDouble(row -> row[0]).distinct().count());
    Split again = Split.random(table, 0.1, 0.2, new SplittableRandom(3));
    assertArrayEquals(split.test().column(0), again.test().column(0));
    Split other = Split.random(table, 0.1, 0.2, new SplittableRandom(4));
    assertTrue(!java.util.Arrays.equals(split.test().column(0), other.test().column(0)));
    assertEquals(0, Split.random(table, 0, 0, new SplittableRandom(3)).test().rowCount());
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> Split.random(table, 0.5, 0.5, new SplittableRandom(3)));
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () ->
            Split.random(
                Table.of(rows).selectRows(new int[] {1}), 0.6, 0, new SplittableRandom(3)));
  }
}
