package org.fjordflow.core.data;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.fjordflow.core.data.internal.LogSum;
import org.junit.jupiter.api.Test;

class LogSumTest {
  private static double of(double... terms) {
    LogSum sum = new LogSum();
    for (double term : terms) {
      sum.add(term);
    }
    return sum.value();
  }

  @Test
  void sumsWithoutOverflow() {
    assertEquals(Math.log(6), of(Math.log(1), Math.log(2), Math.log(3)), 1e-15);
    assertEquals(Math.log(6), of(Math.log(3), Math.log(2), Math.log(1)), 1e-15);
    assertEquals(1e4 + Math.log(2), of(1e4, 1e4), 1e-10);
    assertEquals(-1e4 + Math.log(2), of(-1e4, -1e4), 1e-10);
    assertEquals(0, of(-1e3, 0, -1e3));
  }

  @Test
  void nothingHasNoLogarithm() {
    assertEquals(Double.NEGATIVE_INFINITY, of());
    assertEquals(Double.NEGATIVE_INFINITY, of(Double.NEGATIVE_INFINITY));
    assertEquals(2, of(Double.NEGATIVE_INFINITY, 2));
  }
}
