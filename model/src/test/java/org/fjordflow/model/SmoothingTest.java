package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Noise on rows has the width that is asked for, and is the same for the same step. */
final class SmoothingTest {

  private static final int ROWS = 4_000;
  private static final RandomStreams STREAMS = new RandomStreams(2);

  /** One column of deviation 2 about 10, one that is constant. */
  private final double[][] rows =
      IntStream.range(0, ROWS)
          .mapToObj(i -> new double[] {i % 2 == 0 ? 8 : 12, 5})
          .toArray(double[][]::new);

  @Test
  void theWidthIsInDeviationsOfEachColumn() {
    assertArrayEquals(new double[] {1, 0.5}, Smoothing.of("0.5", rows).deviations(), 1e-12);
    double scott = Math.pow(ROWS, -1.0 / 6);
    assertArrayEquals(
        new double[] {2 * scott, scott}, Smoothing.of("scott", rows).deviations(), 1e-12);
  }

  @Test
  void noiseHasThatDeviation() {
    Smoothing smoothing = Smoothing.of("0.5", rows);
    Batch noisy = smoothing.on(Batch.of(rows), STREAMS.generator(Purpose.VALIDATION));
    assertEquals(8 * ROWS, noisy.size());
    double squares = 0;
    for (int i = 0; i < noisy.size(); i++) {
      squares += Math.pow(noisy.rows()[i][0] - rows[i % ROWS][0], 2) / noisy.size();
    }
    // The variance of 32,000 draws is known to 1 / sqrt(16,000) of it.
    assertEquals(1, squares, 5 / Math.sqrt(16_000));
  }

  @Test
  void stepsDifferAndRepeat() {
    BatchSource batches = Smoothing.of("0.5", rows).on(BatchSource.shuffled(Batch.of(rows)));
    double[] first = batches.batch(1, 3, STREAMS).rows()[0];
    double[] second = batches.batch(2, 3, STREAMS).rows()[0];
    double[] again = batches.batch(1, 3, STREAMS).rows()[0];
    assertArrayEquals(first, again);
    assertNotEquals(first[1], second[1]);
  }

  @Test
  void withoutNoiseNothingChanges() {
    BatchSource batches = BatchSource.shuffled(Batch.of(rows));
    Smoothing none = Smoothing.of("0", rows);
    assertSame(batches, none.on(batches));
    assertSame(rows, none.on(Batch.of(rows), STREAMS.generator(Purpose.VALIDATION)).rows());
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "NaN", "Infinity", "silverman", ""})
  void widthsThatAreNone(String width) {
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Smoothing.parse(width), "a noise of");
  }
}
