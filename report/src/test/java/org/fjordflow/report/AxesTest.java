package org.fjordflow.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AxesTest {
  @Test
  void anIntervalLeavesOutTailsAndAddsRoom() {
    double[] values = IntStream.rangeClosed(0, 1000).mapToDouble(i -> i / 10.0).toArray();
    values[500] = 1e9;
    Interval interval = Interval.around(values, 0.01, 0.1);
    // 10 of 1001 values lie outside at each end: from 1.0 to 99.1, the outlier being one of them.
    assertEquals(1.0 - 0.1 * 98.1, interval.min(), 1e-12);
    assertEquals(99.1 + 0.1 * 98.1, interval.max(), 1e-12);
  }

  @Test
  void limitsAreSquareAndContainTheData() {
    double[][] rows = {{0, 0}, {10, 1}, {Double.NaN, 0.5}, {5, Double.POSITIVE_INFINITY}};
    Limits limits = Limits.around(rows);
    assertEquals(limits.x().length(), limits.y().length(), 1e-12);
    assertEquals(5, limits.x().middle(), 1e-12);
    assertEquals(0.5, limits.y().middle(), 1e-12);
    assertTrue(limits.x().min() < 0 && limits.x().max() > 10);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 1, -3.5, 1e-300, 1e12, -1e300})
  void equalValuesGetAnAxisAroundThem(double value) {
    Interval interval = Interval.around(new double[] {value, value}, 0.01, 0.1);
    assertTrue(interval.min() < value && value < interval.max());
  }

  @Test
  void whatCannotBeDrawnIsRefused() {
    assertKey(ErrorKey.INVALID_ARGUMENT, () -> Limits.around(new double[0][]));
    assertKey(ErrorKey.NON_FINITE, () -> Limits.around(new double[][] {{Double.NaN, 1}}));
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> Limits.around(new double[][] {{1}}));
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> Limits.around(new double[][] {{1, 2}, {1, 2, 3}}));
    assertKey(
        ErrorKey.INVALID_ARGUMENT, () -> Limits.around(new double[][] {{-1e308, 0}, {1.5e308, 0}}));
    assertKey(ErrorKey.INVALID_ARGUMENT, () -> new Interval(1, 1));
    assertKey(ErrorKey.INVALID_ARGUMENT, () -> new Interval(0, Double.NaN));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "-1; 1; 4; -1.0 -0.5 0 0.5 1.0",
        "0; 1500; 5; 0 200 400 600 800 1000 1200 1400",
        "0.95; 3.55; 5; 1.0 1.5 2.0 2.5 3.0 3.5",
        "-42; 17; 6; -40 -30 -20 -10 0 10",
        "0; 0.00031; 3; 0 1e-4 2e-4 3e-4",
        "0; 2500000; 3; 0 1e6 2e6",
        "1000000; 1000004; 4; 1.000000e6 1.000001e6 1.000002e6 1.000003e6 1.000004e6"
      })
  void ticksAreRoundNumbersInside(double min, double max, int wanted, String expected) {
    List<String> labels =
        Ticks.within(new Interval(min, max), wanted).stream().map(Ticks.Tick::label).toList();
    assertEquals(expected, String.join(" ", labels));
  }

  @ParameterizedTest
  @CsvSource({"1e-300,3e-300", "-1e300,1e300", "-1e-12,3", "1e15,1.000000000000001e15"})
  void ticksOfExtremeRangesAreFewAndInside(double min, double max) {
    List<Ticks.Tick> ticks = Ticks.within(new Interval(min, max), 5);
    double slack = 1e-8 * (max - min);
    assertTrue(ticks.size() >= 2 && ticks.size() <= 12, ticks.toString());
    assertTrue(
        ticks.stream().allMatch(t -> t.value() >= min - slack && t.value() <= max + slack),
        ticks.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "-10.4, 1.2, 12, 1e-10 1e-9 1e-8 1e-7 1e-6 1e-5 1e-4 1e-3 1e-2 1e-1 1e0 1e1",
    "-10.4, 1.2, 4, 1e-9 1e-6 1e-3 1e0",
    "2.1, 2.9, 5, 2e2 5e2",
    "1.9, 3.0, 5, 1e2 1e3",
    "-0.1, 0.4, 5, 1e0 2e0"
  })
  void logarithmicAxesHavePowersOfTen(double min, double max, int wanted, String expected) {
    List<Ticks.Tick> ticks = Ticks.decades(new Interval(min, max), wanted);
    assertEquals(List.of(expected.split(" ")), ticks.stream().map(Ticks.Tick::label).toList());
    for (Ticks.Tick tick : ticks) {
      assertEquals(
          Double.parseDouble(tick.label()),
          Math.pow(10, tick.value()),
          1e-9 * Math.pow(10, tick.value()));
    }
  }

  static void assertKey(ErrorKey key, org.junit.jupiter.api.function.Executable action) {
    assertEquals(key, assertThrows(FjordException.class, action).key());
  }
}
