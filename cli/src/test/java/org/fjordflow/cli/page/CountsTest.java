package org.fjordflow.cli.page;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class CountsTest {

  @Test
  void sharesOfTheFiniteValuesAddUpToOneHundred() {
    double[] values = {0, 1, 1, 2, Double.NaN};
    double[] edges = Counts.edges(values, true);
    assertArrayEquals(new double[] {-0.5, 0.5, 1.5, 2.5}, edges);
    assertArrayEquals(new double[] {25, 50, 25}, Counts.percent(values, edges), 1e-12);
  }

  /** By hand: at 2, three of four against one of four. */
  @Test
  void theDistanceIsThatOfDistributionFunctions() {
    double[] first = {0, 1, 2, 5};
    double[] second = {2, 3, 4, 6};
    assertEquals(0.5, Counts.distance(first, second), 1e-12);
    assertEquals(0, Counts.distance(first, first), 0);
    assertEquals(1, Counts.distance(new double[] {1}, new double[] {2}), 0);
  }

  @Test
  void rankCorrelationSeesAnyMonotoneDependence() {
    double[] x = {3, 1, 2, 5, 4};
    double[] exponential = Arrays.stream(x).map(Math::exp).toArray();
    assertEquals(1, Counts.rankCorrelation(x, exponential), 1e-12);
    double[] falling = Arrays.stream(x).map(v -> -v * v * v).toArray();
    assertEquals(-1, Counts.rankCorrelation(x, falling), 1e-12);
    assertEquals(0, Counts.rankCorrelation(x, new double[] {1, 1, 1, 1, 1}), 0);
  }

  @Test
  void countsBelowAndUpToAValue() {
    double[] sorted = {1, 2, 2, 3};
    assertEquals(1, Counts.below(sorted, 2));
    assertEquals(3, Counts.upTo(sorted, 2));
    assertEquals(4, Counts.upTo(sorted, 9));
  }
}
