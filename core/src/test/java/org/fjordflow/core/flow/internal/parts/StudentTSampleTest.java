package org.fjordflow.core.flow.internal.parts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.core.testing.GradientCheck;
import org.hipparchus.special.Beta;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Draws of Student's t, and their derivatives by the degrees, against the distribution function.
 */
final class StudentTSampleTest {

  /** P(T > t) for t > 0, by the incomplete beta function. */
  private static double above(double t, double v) {
    return 0.5 * Beta.regularizedBeta(v / (v + t * t), v / 2, 0.5, 1e-16, 100_000);
  }

  private static double density(double t, double v) {
    double logBeta = Beta.logBeta(0.5, v / 2);
    return Math.exp(-logBeta - 0.5 * Math.log(v) - 0.5 * (v + 1) * Math.log1p(t * t / v));
  }

  @ParameterizedTest
  @CsvSource({
    "0.7, 0.1", "0.7, 0.9", "0.7, 40", "1, 0.3", "1, 1", "1, 1.0001", "1, 1000", "2, 0.5", "2, 5",
    "5, 0.3", "5, 2.2", "5, 2.3", "5, 9", "30, 1", "30, 5", "30, 6", "300, 2", "300, 5"
  })
  void derivativeHoldsThePlace(double v, double t) {
    double h = 1e-3 * v;
    double near = above(t, v + h) - above(t, v - h);
    double far = above(t, v + 2 * h) - above(t, v - 2 * h);
    double expected = (8 * near - far) / (12 * h) / density(t, v);
    double got = StudentTSample.byDegrees(t, v);
    assertEquals(expected, got, 1e-8 * Math.abs(expected) + 1e-12 / density(t, v) / v);
    assertEquals(-got, StudentTSample.byDegrees(-t, v), 0);
  }

  /** Values of Simpson's rule with 2,000 intervals in 40 digits. */
  @ParameterizedTest
  @CsvSource({
    "5, 0.01, -9.814906439878428e-05",
    "5, 9, -1.9635200261026997",
    "30, 6, -0.046636442211635036",
    "300, 5, -0.0003522186643805199",
    "1, 0.3, -0.0656678623867946"
  })
  void derivativeIsThatOfManyDigits(double v, double t, double expected) {
    assertEquals(expected, StudentTSample.byDegrees(t, v), 2e-10 * Math.abs(expected));
  }

  /** The median stays where it is. */
  @Test
  void atZeroNothingMoves() {
    assertEquals(0, StudentTSample.byDegrees(0, 3), 0);
  }

  /** Kolmogorov and Smirnov; the statistic is above 2.2 once in 8,000 tests. */
  @ParameterizedTest
  @CsvSource({"0.6", "1", "2.5", "40", "1e5"})
  void drawsHaveTheirDistribution(double v) {
    RandomGenerator random = new SplittableRandom(GradientCheck.defaultSeed());
    int n = 20_000;
    double[] draws = new double[n];
    for (int i = 0; i < n; i++) {
      draws[i] = StudentTSample.draw(v, random);
    }
    Arrays.sort(draws);
    double distance = 0;
    for (int i = 0; i < n; i++) {
      double tail = above(Math.abs(draws[i]), v);
      double place = draws[i] > 0 ? 1 - tail : tail;
      distance = Math.max(distance, Math.max(place - (double) i / n, (i + 1.0) / n - place));
    }
    assertEquals(0, distance * Math.sqrt(n), 2.2, "seed " + GradientCheck.defaultSeed());
  }
}
