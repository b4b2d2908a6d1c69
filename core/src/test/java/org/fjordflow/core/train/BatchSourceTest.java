package org.fjordflow.core.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What every step is given. */
final class BatchSourceTest {

  private static final RandomStreams STREAMS = new RandomStreams(5);

  private static Batch numbered(int n) {
    double[][] rows = new double[n][];
    double[][] context = new double[n][];
    for (int i = 0; i < n; i++) {
      rows[i] = new double[] {i};
      context[i] = new double[] {10 * i, -i};
    }
    return new Batch(rows, context);
  }

  @ParameterizedTest
  @CsvSource({"7,3", "6,3", "5,1", "4,9", "1,1"})
  void everyRowComesOnceAnEpochWithItsContext(int n, int size) {
    BatchSource source = BatchSource.shuffled(numbered(n));
    int[] seen = new int[n];
    int batch = Math.min(n, size);
    for (int step = 1; step * batch <= 12 * n; step++) {
      Batch given = source.batch(step, size, STREAMS);
      assertEquals(batch, given.size());
      for (int i = 0; i < batch; i++) {
        int row = (int) given.rows()[i][0];
        seen[row]++;
        double[][] context = Objects.requireNonNull(given.context());
        assertArrayEquals(new double[] {10 * row, -row}, context[i]);
      }
      int epoch = step * batch / n;
      int most = epoch + (step * batch % n == 0 ? 0 : 1);
      for (int count : seen) {
        assertEquals(true, count >= epoch && count <= most, Arrays.toString(seen));
      }
    }
  }

  @Test
  void aStepsRowsDoNotDependOnTheStepsBefore() {
    BatchSource sequential = BatchSource.shuffled(numbered(10));
    Set<String> orders = new HashSet<>();
    for (int step = 1; step <= 9; step++) {
      double[][] rows = sequential.batch(step, 4, STREAMS).rows();
      double[][] direct = BatchSource.shuffled(numbered(10)).batch(step, 4, STREAMS).rows();
      assertArrayEquals(direct, rows);
      orders.add(Arrays.deepToString(rows));
    }
    assertEquals(9, orders.size());
  }

  @Test
  void samplersAreGivenFreshGenerators() {
    BatchSource source = BatchSource.sampled((n, random) -> new double[][] {{random.nextDouble()}});
    double first = source.batch(1, 1, STREAMS).rows()[0][0];
    assertNotEquals(first, source.batch(2, 1, STREAMS).rows()[0][0]);
    assertEquals(first, source.batch(1, 1, STREAMS).rows()[0][0]);
    assertNotEquals(first, source.batch(1, 1, new RandomStreams(6)).rows()[0][0]);
  }

  @Test
  void noiseIsFreshInEveryStepAndLeavesDataAndContextAsTheyAre() {
    int n = 4_000;
    double[][] numbers = new double[n][];
    Arrays.setAll(numbers, i -> new double[] {i});
    Batch data = new Batch(new double[n][2], numbers);
    BatchSource noisy = BatchSource.shuffled(data).withNoise(0.5, 0);
    Batch first = noisy.batch(1, n, STREAMS);
    assertArrayEquals(first.rows(), noisy.batch(1, n, STREAMS).rows());
    assertNotEquals(first.rows()[0][0], noisy.batch(2, n, STREAMS).rows()[0][0]);
    assertArrayEquals(BatchSource.shuffled(data).batch(1, n, STREAMS).context(), first.context());
    double squares = Arrays.stream(first.rows()).mapToDouble(row -> row[0] * row[0]).sum() / n;
    // The variance of n draws is known to sqrt(2 / n) of it.
    assertEquals(0.25, squares, 0.25 * 5 * Math.sqrt(2.0 / n));
    assertEquals(0, Arrays.stream(first.rows()).mapToDouble(row -> Math.abs(row[1])).sum());
    assertEquals(0, data.rows()[0][0]);
    Batch all = BatchSource.shuffled(data).withNoise(1).batch(3, 5, STREAMS);
    assertNotEquals(0, all.rows()[0][1]);
    assertKey(ErrorKey.INVALID_ARGUMENT, () -> BatchSource.shuffled(data).withNoise(-1));
    BatchSource three = BatchSource.shuffled(data).withNoise(1, 2, 3);
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> three.batch(1, 1, STREAMS));
  }

  @Test
  void someContextsAreLeftOut() {
    int n = 4_000;
    double[][] ones = new double[n][];
    Arrays.setAll(ones, i -> new double[] {1, 2});
    BatchSource whole = BatchSource.shuffled(new Batch(numbered(n).rows(), ones));
    double[][] some = Objects.requireNonNull(contextOf(whole.withContextDropout(0.1), n));
    double left = Arrays.stream(some).filter(c -> c[0] == 0 && c[1] == 0).count();
    double kept = Arrays.stream(some).filter(c -> c[0] == 1 && c[1] == 2).count();
    assertEquals(n, left + kept);
    assertEquals(0.1, left / n, 5 * Math.sqrt(0.09 / n));
    assertArrayEquals(some, contextOf(whole.withContextDropout(0.1), n));
    assertArrayEquals(ones, contextOf(whole.withContextDropout(0), n));
    assertArrayEquals(new double[n][2], contextOf(whole.withContextDropout(1), n));
    assertKey(ErrorKey.INVALID_ARGUMENT, () -> whole.withContextDropout(1.1));
    BatchSource bare = BatchSource.shuffled(Batch.of(ones)).withContextDropout(0.5);
    assertKey(ErrorKey.INVALID_ARGUMENT, () -> bare.batch(1, 1, STREAMS));
  }

  private static double @Nullable [][] contextOf(BatchSource source, int n) {
    return source.batch(1, n, STREAMS).context();
  }

  @Test
  void generatorsDifferBySeedPurposeAndIndex() {
    Set<Long> firsts = new HashSet<>();
    for (long seed = -2; seed <= 2; seed++) {
      for (Purpose purpose : Purpose.values()) {
        for (long index = 0; index < 50; index++) {
          firsts.add(new RandomStreams(seed).generator(purpose, index).nextLong());
        }
      }
    }
    assertEquals(5 * Purpose.values().length * 50, firsts.size());
  }

  @Test
  void dataThatCannotBeTrainedOnAreRefused() {
    double[][] withNan = {{1, 2}, {3, Double.NaN}};
    double[][] ragged = {{1, 2}, {3}};
    assertKey(ErrorKey.NON_FINITE, () -> BatchSource.shuffled(Batch.of(withNan)));
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> BatchSource.shuffled(Batch.of(ragged)));
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> Batch.of(new double[0][]));
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> new Batch(ragged, withNan.clone()).slice(0, 0));
    assertKey(ErrorKey.SHAPE_MISMATCH, () -> new Batch(ragged, new double[1][1]));
  }

  private static void assertKey(ErrorKey key, Runnable action) {
    assertEquals(key, assertThrows(FjordException.class, action::run).key());
  }
}
