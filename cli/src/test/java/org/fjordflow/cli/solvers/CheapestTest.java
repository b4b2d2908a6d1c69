package org.fjordflow.cli.solvers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class CheapestTest {
  private static WorkPoint point(String method, long evaluations, double error) {
    return new WorkPoint(
        "fjord", "p", method, Mode.FORWARD, 1e-3, 1e-3, -1, evaluations, 1, 0, 1, error);
  }

  @Test
  void workIsInterpolatedInLogarithms() {
    List<WorkPoint> points =
        List.of(
            point("a", 100, 1e-4),
            point("a", 10_000, 1e-8),
            point("b", 10, 1e-1),
            point("b", 2_000, 1e-6),
            point("b", 3_000, 1e-7));
    Cheapest found = Cheapest.of(points, 1e-6).orElseThrow();
    assertEquals("a", found.method());
    assertEquals(1000, found.evaluations(), 1e-9);
  }

  @Test
  void anEarlyLuckyPointDoesNotCount() {
    List<WorkPoint> points =
        List.of(point("a", 10, 1e-9), point("a", 100, 1e-4), point("a", 1000, 1e-8));
    assertEquals(
        Math.sqrt(100 * 1000), Cheapest.of(points, 1e-6).orElseThrow().evaluations(), 1e-9);
  }

  @Test
  void failedSolvesAndPoorMethodsAreLeftOut() {
    List<WorkPoint> points =
        List.of(point("a", -1, Double.NaN), point("a", 100, 1e-7), point("b", 1, 1e-3));
    Cheapest found = Cheapest.of(points, 1e-6).orElseThrow();
    assertEquals(new Cheapest("a", 100), found);
    assertTrue(Cheapest.of(points, 1e-9).isEmpty());
  }

  @Test
  void standingsAreGeometricMeansOverTheProblemsThatAreReached() {
    List<List<WorkPoint>> groups =
        List.of(
            List.of(point("a", 100, 1e-7), point("b", 400, 1e-7)),
            List.of(point("a", 900, 1e-7), point("b", 100, 1e-7)),
            List.of(point("a", 50, 1e-7), point("b", 100, 1e-2)));
    List<String> lines =
        Standings.lines(groups).stream().map(line -> line.replaceAll(" +", " ")).toList();
    assertEquals(
        List.of("method 1e-3 1e-6 1e-9", "a 2.08 (3) 2.08 (3) -", "b 2.00 (2) 2.00 (2) -"), lines);
  }
}
