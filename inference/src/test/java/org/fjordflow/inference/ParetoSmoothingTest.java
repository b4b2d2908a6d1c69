package org.fjordflow.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The fit of the tail against samples of known generalised Pareto distributions. */
final class ParetoSmoothingTest {

  private static double[] pareto(int n, double k, double sigma, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      double p = 1 - random.nextDouble();
      values[i] = k == 0 ? -sigma * Math.log(p) : sigma * (Math.pow(p, -k) - 1) / k;
    }
    Arrays.sort(values);
    return values;
  }

  @ParameterizedTest
  @ValueSource(doubles = {-0.3, 0, 0.3, 0.5, 0.7, 1, 1.5})
  void findsShapeAndScale(double k) {
    // The standard error of k is (1 + k) / sqrt(n) (Zhang and Stephens 2009).
    int n = 20_000;
    ParetoSmoothing.Tail tail = ParetoSmoothing.fit(pareto(n, k, 2, 4));
    double error = Math.max(0.3, 1 + k) / Math.sqrt(n);
    assertEquals(k, tail.k(), 5 * error + 10.0 / n);
    assertEquals(2, tail.sigma(), 0.1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.3, 0.7, 1.2})
  void findsTheTailOfWeights(double k) {
    double mean = 0;
    int repeats = 20;
    for (int seed = 0; seed < repeats; seed++) {
      double[] weights = pareto(10_000, k, 1, seed + 100L);
      mean += ParetoSmoothing.of(Arrays.stream(weights).map(Math::log1p).toArray()).k() / repeats;
    }
    // 300 weights are in the tail; 10 more that say 0.5 draw it there.
    double expected = (300 * k + 5) / 310;
    assertEquals(expected, mean, 4 * (1 + k) / Math.sqrt(300.0 * repeats));
  }

  @Test
  void smoothedWeightsKeepTheirOrderAndTheOthersStay() {
    SplittableRandom random = new SplittableRandom(8);
    double[] logs = new double[2000];
    Arrays.setAll(logs, i -> 2 * gaussian(random));
    ParetoSmoothing smoothing = ParetoSmoothing.of(logs);
    double[] smoothed = smoothing.logWeights();
    assertEquals(1, Arrays.stream(smoothed).map(Math::exp).sum(), 1e-12);
    Integer[] order = new Integer[logs.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Double.compare(logs[a], logs[b]));
    for (int i = 1; i < order.length; i++) {
      assertTrue(smoothed[order[i]] >= smoothed[order[i - 1]] - 1e-12);
    }
    double shift = smoothed[order[0]] - logs[order[0]];
    for (int i = 0; i < 1800; i++) {
      assertEquals(logs[order[i]] + shift, smoothed[order[i]], 1e-12);
    }
  }

  private static double gaussian(SplittableRandom random) {
    return Math.sqrt(-2 * Math.log(1 - random.nextDouble()))
        * Math.cos(2 * Math.PI * random.nextDouble());
  }

  @Test
  void equalWeightsHaveNoTail() {
    ParetoSmoothing smoothing = ParetoSmoothing.of(new double[1000]);
    assertTrue(smoothing.k() < 0);
    assertEquals(0, smoothing.tailShare());
    assertTrue(smoothing.isReliable());
    assertEquals(-Math.log(1000), smoothing.logWeights()[5], 1e-12);
  }

  @Test
  void theTailsShareIsThatOfItsDistribution() {
    // Weights 1 + e x with x of shape 0.5 and scale 1: beyond the quantile p, where x is q, the
    // mean
    // of x - q is (1 + q / 2) / (1 - 0.5).
    int n = 20_000;
    double p = Math.ceil(3 * Math.sqrt(n)) / n;
    double q = 2 * (Math.pow(p, -0.5) - 1);
    for (double scale : new double[] {1, 1e-3}) {
      double[] x = pareto(n, 0.5, 1, 3);
      double expected = p * scale * (1 + q / 2) / 0.5 / (1 + 2 * scale);
      ParetoSmoothing smoothing =
          ParetoSmoothing.of(Arrays.stream(x).map(v -> Math.log1p(scale * v)).toArray());
      assertEquals(expected, smoothing.tailShare(), 0.2 * expected);
    }
  }

  @Test
  void nearlyEqualWeightsAreReliableWhateverTheirShape() {
    double[] x = pareto(20_000, 0.85, 1, 5);
    for (double scale : new double[] {1e-4, 1}) {
      ParetoSmoothing smoothing =
          ParetoSmoothing.of(Arrays.stream(x).map(v -> Math.log1p(scale * v)).toArray());
      assertTrue(smoothing.k() > ParetoSmoothing.LIMIT);
      assertEquals(scale < 1e-3, smoothing.isReliable());
    }
    // Without a mean nothing is small.
    double[] heavy = pareto(20_000, 1.3, 1e-4, 5);
    ParetoSmoothing smoothing = ParetoSmoothing.of(Arrays.stream(heavy).map(Math::log1p).toArray());
    assertEquals(1, smoothing.tailShare());
    assertFalse(smoothing.isReliable());
  }

  @Test
  void oneWeightIsAHeavyTail() {
    double[] logs = new double[1000];
    logs[3] = 50;
    assertTrue(ParetoSmoothing.of(logs).k() > ParetoSmoothing.LIMIT);
  }
}
