package org.fjordflow.inference.evaluation;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.internal.transport.Assignment;
import org.fjordflow.inference.evaluation.Wasserstein.Method;
import org.junit.jupiter.api.Test;

/** Discrepancies and distances of samples, beside POT's and scikit-learn's, and closed forms. */
final class DistancesTest {
  private final double[][] first = Stored.sample("first");
  private final double[][] second = Stored.sample("second");

  @Test
  void meanDiscrepancyIsThatOfScikitLearnsKernel() {
    MeanDiscrepancy result = MeanDiscrepancy.of(first, second, 200, new SplittableRandom(1));
    assertEquals(Stored.value("mmd_bandwidth"), result.bandwidth(), 1e-9);
    assertEquals(Stored.value("mmd_squared"), result.squared(), 1e-7); // kernels are float32
    assertEquals(1.0 / 201, result.pValue(), 1e-12);
  }

  @Test
  void permutationsRejectEqualSamplesAsOftenAsTheirLevel() {
    int rejected = 0;
    for (int k = 0; k < 200; k++) {
      double[][] a = Stored.normal(30, 2, 0, 2L * k);
      double[][] b = Stored.normal(40, 2, 0, 2L * k + 1);
      rejected += MeanDiscrepancy.of(a, b, 99, new SplittableRandom(k)).pValue() <= 0.1 ? 1 : 0;
    }
    // Binomial of 200 at 0.1: 20 with a deviation of 4.2.
    assertTrue(rejected >= 7 && rejected <= 33, rejected + " of 200");
  }

  @Test
  void meanDiscrepancyOfNormalsIsItsClosedForm() {
    // Of N(0, 1) and N(m, 1): 2 h / sqrt(h^2 + 2) (1 - exp(-m^2 / (2 (h^2 + 2)))), h = bandwidth.
    double mean = 1;
    MeanDiscrepancy result =
        MeanDiscrepancy.of(
            Stored.normal(4_000, 1, 0, 1),
            Stored.normal(4_000, 1, mean, 2),
            0,
            new SplittableRandom(1));
    double wide = result.bandwidth() * result.bandwidth() + 2;
    double expected =
        2 * result.bandwidth() / Math.sqrt(wide) * (1 - Math.exp(-mean * mean / (2 * wide)));
    assertEquals(expected, result.squared(), 0.01);
    assertEquals(1, result.pValue());
  }

  @Test
  void wassersteinIsPots() {
    Wasserstein exact = Wasserstein.of(first, second, new SplittableRandom(1));
    assertEquals(Method.EXACT, exact.method());
    assertEquals(Stored.value("w2_exact"), exact.distance(), 1e-9);
    for (double part : new double[] {0.05, 0.5}) {
      Wasserstein entropic = Wasserstein.entropic(first, second, part);
      assertEquals(Stored.value("w2_entropic_" + part), entropic.distance(), 1e-5);
      assertTrue(entropic.toString().startsWith("entropic"), entropic.toString());
    }
    Wasserstein sliced = Wasserstein.sliced(first, second, 20_000, new SplittableRandom(1));
    assertEquals(Stored.value("w2_sliced"), sliced.distance(), 0.01);
    Wasserstein unequal =
        Wasserstein.sliced(first, Stored.sample("small"), 20_000, new SplittableRandom(1));
    assertEquals(Stored.value("w2_sliced_unequal"), unequal.distance(), 0.01);
    assertEquals(Method.SLICED, unequal.method());
  }

  @Test
  void aShiftIsItsOwnDistance() {
    double[][] shifted =
        Arrays.stream(first)
            .map(row -> new double[] {row[0] + 3, row[1] - 4})
            .toArray(double[][]::new);
    assertEquals(5, Wasserstein.exact(first, shifted).distance(), 1e-9);
    assertEquals(
        5 / Math.sqrt(2),
        Wasserstein.sliced(first, shifted, 20_000, new SplittableRandom(2)).distance(),
        0.05);
    assertEquals(0, Wasserstein.exact(first, first).distance(), 1e-9);
  }

  @Test
  void assignmentsAreTheBestOfAllPermutations() {
    SplittableRandom random = new SplittableRandom(3);
    for (int k = 0; k < 50; k++) {
      double[][] costs = new double[6][6];
      for (double[] row : costs) {
        Arrays.setAll(row, j -> random.nextInt(8)); // with ties
      }
      int[] assigned = Assignment.solve(costs);
      double sum = 0;
      for (int i = 0; i < 6; i++) {
        sum += costs[i][assigned[i]];
      }
      assertArrayEquals(new int[] {0, 1, 2, 3, 4, 5}, Arrays.stream(assigned).sorted().toArray());
      assertEquals(least(costs, 0, 0), sum, 1e-12);
    }
  }

  private static double least(double[][] costs, int row, int taken) {
    if (row == costs.length) {
      return 0;
    }
    double best = Double.POSITIVE_INFINITY;
    for (int j = 0; j < costs.length; j++) {
      if ((taken & 1 << j) == 0) {
        best = Math.min(best, costs[row][j] + least(costs, row + 1, taken | 1 << j));
      }
    }
    return best;
  }

  @Test
  void largeSamplesAreSlicedAndSaySo() {
    Wasserstein large =
        Wasserstein.of(
            Stored.normal(2_001, 3, 0, 1), Stored.normal(2_001, 3, 1, 2), new SplittableRandom(1));
    assertEquals("sliced", large.method().id());
    assertEquals(1, large.distance(), 0.1); // sqrt(3), the shift, over sqrt(3)
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> Wasserstein.exact(first, Stored.sample("small")),
        "300 and 30",
        "sliced");
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> Wasserstein.entropic(first, second, 0), "positive");
  }
}
