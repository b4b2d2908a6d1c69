package org.fjordflow.inference.evaluation;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.junit.jupiter.api.Test;

/** Tests of Kolmogorov and Smirnov, beside SciPy's. */
final class KolmogorovSmirnovTest {

  @Test
  void statisticsAndExactChancesAreScipys() {
    double[][] small = Arrays.copyOf(Stored.sample("first"), 30);
    KolmogorovSmirnov test = KolmogorovSmirnov.of(small, Stored.sample("small"));
    KolmogorovSmirnov large = KolmogorovSmirnov.of(Stored.sample("first"), Stored.sample("second"));
    for (int j = 0; j < 2; j++) {
      String column = j == 0 ? "a" : "b";
      assertEquals(Stored.value("ks_small_statistic_" + column), test.statistics()[j], 1e-12);
      assertEquals(Stored.value("ks_small_p_" + column), test.pValues()[j], 1e-9);
      assertEquals(Stored.value("ks_statistic_" + column), large.statistics()[j], 1e-12);
      // Kolmogorov's limit beside the exact chance of 300 rows each.
      double exact = Stored.value("ks_large_p_" + column);
      assertEquals(0, Math.log(large.pValues()[j] / exact), 0.5, column);
    }
    double[] uniform =
        Arrays.stream(Stored.sample("first"))
            .limit(40)
            .mapToDouble(row -> 1 / (1 + Math.exp(-1.7 * row[0])))
            .toArray();
    assertEquals(
        Stored.value("ks_uniform_p"), KolmogorovSmirnov.pValueOfUniform(uniform, 0, 1), 1e-6);
  }

  @Test
  void holmAdjustsByRank() {
    // Holm's own example scheme: 4 x 0.005, 3 x 0.01, 2 x 0.03, then no less than the one before.
    assertArrayEquals(
        new double[] {0.03, 0.06, 0.06, 0.02},
        KolmogorovSmirnov.holm(new double[] {0.01, 0.04, 0.03, 0.005}),
        1e-12);
    assertArrayEquals(new double[] {1, 1}, KolmogorovSmirnov.holm(new double[] {0.7, 0.9}), 1e-12);
  }

  @Test
  void amongManyColumnsTheOneThatDiffersIsFound() {
    double[][] first = Stored.normal(500, 20, 0, 1);
    double[][] second = Stored.normal(500, 20, 0, 2);
    assertTrue(KolmogorovSmirnov.of(first, second).least() > 0.05);
    for (double[] row : second) {
      row[7] *= 2;
    }
    double[] adjusted = KolmogorovSmirnov.of(first, second).adjusted();
    assertTrue(adjusted[7] < 1e-4);
    assertEquals(1, Arrays.stream(adjusted).filter(p -> p < 0.05).count());
  }

  @Test
  void whatDoesNotCompareIsNamed() {
    double[][] two = {{1, 2}, {3, 4}};
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> KolmogorovSmirnov.of(two, new double[][] {{1}, {2}}),
        "second",
        "expected 2");
    assertFails(
        ErrorKey.NON_FINITE,
        () -> KolmogorovSmirnov.of(two, new double[][] {{1, 2}, {1, Double.NaN}}),
        "row 2",
        "column 2");
    assertFails(
        ErrorKey.SHAPE_MISMATCH, () -> KolmogorovSmirnov.of(two, new double[0][]), "0 rows");
  }
}
