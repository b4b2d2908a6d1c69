package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Backend#parallel} with few and many threads. */
abstract class BackendParallelContract extends BackendLayerContract {

  /** Creates the backend under test with a number of threads, if that is its caller's to say. */
  protected Backend create(DType dtype, int threads) {
    return create(dtype);
  }

  private static final int[] COUNTS = {0, 1, 2, 3, 4, 5, 6, 7, 16, 1000};

  /** How often each task has run. */
  private static final class Runs {
    private final AtomicIntegerArray runs;

    Runs(int count) {
      runs = new AtomicIntegerArray(count);
    }

    void add(int task) {
      runs.incrementAndGet(task);
    }

    void expectOneEach(String what) {
      for (int i = 0; i < runs.length(); i++) {
        assertEquals(1, runs.get(i), "runs of task " + i + " of " + runs.length() + ", " + what);
      }
    }
  }

  private static void expectAllOnce(Backend backend, int count, String what) {
    Runs runs = new Runs(count);
    backend.parallel(count, runs::add);
    runs.expectOneEach(what);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void everyTaskIsRunOnce(int threads) {
    try (Backend backend = create(DType.FLOAT64, threads)) {
      assertTrue(backend.threads() >= 1);
      for (int count : COUNTS) {
        expectAllOnce(backend, count, threads + " threads");
      }
    }
  }

  /** Helping threads look out for work, then sleep; either way they must not miss any. */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5})
  void roundsFollowEachOtherAtOnceAndAfterPauses(int threads) {
    try (Backend backend = create(DType.FLOAT64, threads)) {
      for (int round = 0; round < 300; round++) {
        expectAllOnce(backend, 1 + round % 9, threads + " threads, round " + round);
        if (round % 10 == 0) {
          long end = System.nanoTime() + 40_000L * (round % 70);
          while (System.nanoTime() < end) {
            Thread.onSpinWait();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void aCallFromATaskRunsOnItsThread(int threads) {
    try (Backend backend = create(DType.FLOAT64, threads)) {
      Runs outer = new Runs(6);
      Runs inner = new Runs(6 * 4);
      Runs innermost = new Runs(6 * 4 * 2);
      backend.parallel(
          6,
          i -> {
            Thread own = Thread.currentThread();
            outer.add(i);
            backend.parallel(
                4,
                j -> {
                  assertEquals(own, Thread.currentThread());
                  inner.add(4 * i + j);
                  backend.parallel(2, k -> innermost.add(2 * (4 * i + j) + k));
                });
          });
      outer.expectOneEach("outer");
      inner.expectOneEach("inner");
      innermost.expectOneEach("innermost");
      expectAllOnce(backend, 6, "afterwards");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void aFailureIsThrownWhenAllAreDone(int threads) {
    IntFunction<RuntimeException> exception = i -> new IllegalStateException("task " + i);
    try (Backend backend = create(DType.FLOAT64, threads)) {
      for (int count : new int[] {1, 2, 7, 50}) {
        for (int every : new int[] {1, 3, 7}) {
          Runs runs = new Runs(count);
          RuntimeException thrown =
              assertThrows(
                  IllegalStateException.class,
                  () ->
                      backend.parallel(
                          count,
                          i -> {
                            runs.add(i);
                            if (i % every == 0) {
                              throw exception.apply(i);
                            }
                          }));
          int failed = Integer.parseInt(String.valueOf(thrown.getMessage()).substring(5));
          assertEquals(0, failed % every, "the task that failed");
          runs.expectOneEach("one in " + every + " fails");
          expectAllOnce(backend, count, "after a failure");
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void errorsAndFailuresOfInnerCallsAreThrownAsWell(int threads) {
    try (Backend backend = create(DType.FLOAT64, threads)) {
      Runs runs = new Runs(8 * 3);
      assertThrows(
          StackOverflowError.class,
          () ->
              backend.parallel(
                  8,
                  i ->
                      backend.parallel(
                          3,
                          j -> {
                            runs.add(3 * i + j);
                            if (i == 5 && j == 1) {
                              throw new StackOverflowError("for the test");
                            }
                          })));
      runs.expectOneEach("an inner one fails");
      expectAllOnce(backend, 8, "afterwards");
    }
  }

  /** Tasks allocate, compute and read; each has its own rows of what is shared. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void tasksMayUseTheBackend(int threads) {
    int tasks = 24;
    int rows = 7;
    int cols = 33;
    for (DType dtype : DType.values()) {
      try (Backend backend = create(dtype, threads)) {
        Workbench bench = new Workbench(backend, SEED);
        bench.begin(threads + " threads");
        Matrix x = bench.put(bench.normal(tasks * rows, cols)).matrix();
        Matrix w = bench.put(bench.normal(cols, cols)).matrix();
        Matrix y = backend.allocate(tasks * rows, cols);
        double[][] sums = new double[tasks][cols];
        IntStream.range(0, tasks).forEach(task -> work(backend, task, rows, x, w, y, sums[task]));
        double[] expected = new double[y.size()];
        backend.download(y, expected, 0);
        double[][] expectedSums = Arrays.stream(sums).map(double[]::clone).toArray(double[][]::new);
        for (int round = 0; round < 20; round++) {
          backend.fill(Double.NaN, y);
          backend.parallel(tasks, task -> work(backend, task, rows, x, w, y, sums[task]));
          bench.expectBits(expected, y);
          assertEquals(
              Arrays.deepToString(expectedSums), Arrays.deepToString(sums), bench::context);
        }
      }
    }
  }

  private static void work(
      Backend backend, int task, int rows, Matrix x, Matrix w, Matrix y, double[] sums) {
    Matrix own = x.rows(task * rows, (task + 1) * rows);
    Matrix target = y.rows(task * rows, (task + 1) * rows);
    Matrix product = backend.allocate(rows, w.cols());
    backend.gemm(false, false, 1, own, w, 0, product);
    backend.apply(Elementwise.TANH, product, target, null, null);
    Matrix columns = backend.allocate(1, w.cols());
    backend.columnDots(1, target, own, 0, columns);
    backend.download(columns, sums, 0);
  }
}
