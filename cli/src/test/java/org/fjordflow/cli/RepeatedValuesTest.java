package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Columns that hold one value in a quarter of their rows are found, and named. */
final class RepeatedValuesTest {

  /** A column of different values, one with a quarter of zeros, one with fewer, one constant. */
  private static double[][] rows(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> new double[] {i, i % 4 == 1 ? 0 : 1 + i, i % 5 == 1 ? 0 : 1 + i, 7})
        .toArray(double[][]::new);
  }

  @Test
  void aQuarterOfTheRowsIsEnough() {
    assertEquals(List.of(1, 3), RepeatedValues.in(rows(40)));
    assertEquals(List.of(3), RepeatedValues.in(rows(41)));
  }

  @Test
  void fewRowsSayNothing() {
    assertEquals(List.of(3), RepeatedValues.in(rows(8)));
    assertEquals(List.of(), RepeatedValues.in(rows(7)));
    assertEquals(List.of(), RepeatedValues.in(new double[0][]));
  }

  @Test
  void adviceNamesColumns() {
    String numbered = RepeatedValues.advice(rows(40), List.of()).orElseThrow();
    assertTrue(numbered.contains("columns 2, 4: "), numbered);
    String named = RepeatedValues.advice(rows(8), List.of("a", "b", "c", "d")).orElseThrow();
    assertTrue(named.contains("column d: ") && named.contains("data.noise=scott"), named);
    double[][] constant =
        IntStream.range(0, 9).mapToObj(i -> new double[7]).toArray(double[][]::new);
    String many = RepeatedValues.advice(constant, List.of()).orElseThrow();
    assertTrue(many.contains("columns 1, 2, 3, 4, 5 and 2 more: "), many);
    assertTrue(RepeatedValues.advice(new double[][] {{1}, {2}}, List.of()).isEmpty());
  }
}
