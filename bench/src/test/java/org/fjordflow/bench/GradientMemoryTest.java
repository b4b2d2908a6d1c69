package org.fjordflow.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GradientMemoryTest {
  @Test
  void arraysTakeTheSameMemoryWhateverTheNumberOfSteps() {
    int rows = 16;
    long ten = GradientMemory.measure(10, 1, rows, 0).arrays();
    assertTrue(ten > 0, "nothing was measured");
    assertEquals(ten, GradientMemory.measure(100, 1, rows, 0).arrays());
    assertEquals(ten, GradientMemory.measure(1000, 1, rows, 0).arrays());
    assertTrue(GradientMemory.measure(10, 1, 8 * rows, 0).arrays() > ten, "more rows take more");
  }
}
