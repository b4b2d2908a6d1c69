package org.fjordflow.core.backend;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.testing.ManyThreads;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What every backend does for several threads, and when it is closed. */
abstract class BackendLifeContract extends BackendConvolutionContract {

  private static final int THREADS = 4;

  /** Every operation with operands that fit. */
  private static Map<String, Executable> operations(Backend backend) {
    Matrix a = backend.allocate(2, 2);
    Matrix b = backend.allocate(2, 2);
    Matrix c = backend.allocate(2, 2);
    Matrix column = backend.allocate(2, 1);
    Matrix row = backend.allocate(1, 2);
    Matrix qkv = backend.allocate(2, 6);
    Matrix cache = backend.allocate(2, 4);
    ColumnIndex index = ColumnIndex.of(2, 1, 0);
    Map<String, Executable> all = new LinkedHashMap<>();
    all.put("parallel", () -> backend.parallel(1, i -> {}));
    all.put("lease", backend::lease);
    all.put("allocate", () -> backend.allocate(1, 1));
    all.put("upload", () -> backend.upload(new double[4], 0, a));
    all.put("download", () -> backend.download(a, new double[4], 0));
    all.put("copy", () -> backend.copy(a, b));
    all.put("transpose", () -> backend.transpose(a, b));
    all.put("fill", () -> backend.fill(1, a));
    all.put("gemm", () -> backend.gemm(false, true, 1, a, b, 0, c));
    all.put("add", () -> backend.add(1, a, 1, b));
    all.put("multiply", () -> backend.multiply(1, a, b, 0, c));
    all.put("rowDots", () -> backend.rowDots(1, a, b, 0, column));
    all.put("columnDots", () -> backend.columnDots(1, a, b, 0, row));
    all.put("copyColumns", () -> backend.copyColumns(a, 0, b, 1, 1, false));
    all.put("gatherColumns", () -> backend.gatherColumns(a, index, false, b));
    all.put("scatterColumns", () -> backend.scatterColumns(a, index, false, b));
    all.put("softmax", () -> backend.softmax(a, b, column));
    all.put("apply", () -> backend.apply(Elementwise.TANH, a, b, null, null));
    all.put(
        "layerForward",
        () -> backend.layerForward(Elementwise.TANH, a, 2, null, null, b, null, null));
    all.put(
        "timedLayerForward",
        () -> backend.timedLayerForward(Elementwise.TANH, a, column, row, row, row, null, b));
    all.put("layerBackward", () -> backend.layerBackward(a, 2, null, null, null, b, c, null, null));
    all.put(
        "timedLayerForward",
        () -> backend.timedLayerForward(Elementwise.TANH, a, column, row, row, row, null, b));
    all.put("normalizeRows", () -> backend.normalizeRows(a, 1, b, column));
    all.put("normalizeRowsBackward", () -> backend.normalizeRowsBackward(a, column, b, false, c));
    all.put("normalizeGroups", () -> backend.normalizeGroups(a, 2, 1, b, row));
    all.put(
        "normalizeGroupsBackward", () -> backend.normalizeGroupsBackward(a, 2, row, b, false, c));
    all.put("attention", () -> backend.attention(qkv, 2, 1, a));
    all.put("attentionBackward", () -> backend.attentionBackward(qkv, 2, 1, a, true, qkv));
    all.put("attentionStep", () -> backend.attentionStep(qkv, 0, 1, cache, a));
    Backend.Window pixel = new Backend.Window(1, 1, 1, 1);
    all.put("convolve", () -> backend.convolve(a, pixel, b, c));
    all.put("convolveInputs", () -> backend.convolveInputs(a, pixel, b, false, c));
    all.put("convolveWeights", () -> backend.convolveWeights(1, a, b, pixel, 0, c));
    return all;
  }

  @ParameterizedTest
  @EnumSource
  void afterCloseEveryOperationIsRefused(DType dtype) {
    Backend backend = create(dtype);
    Map<String, Executable> operations = operations(backend);
    long declared =
        Arrays.stream(Backend.class.getMethods())
            .map(Method::getName)
            .filter(name -> !name.matches("name|threads|dtype|close|isClosed"))
            .distinct()
            .count();
    assertEquals(declared, operations.size(), "operations that this test knows");
    Matrix made = backend.allocate(3, 2);
    backend.close();
    operations.forEach((name, operation) -> assertFails(ErrorKey.CLOSED, operation, "closed"));
    backend.close();
    operations.forEach((name, operation) -> assertFails(ErrorKey.CLOSED, operation, "closed"));
    assertTrue(backend.isClosed());
    assertEquals(dtype, backend.dtype());
    assertTrue(backend.threads() >= 1);
    assertFalse(backend.name().isEmpty());
    assertEquals(2, made.view(2, 2, 1).size(), "shapes are known for good");
  }

  @ParameterizedTest
  @EnumSource
  void whatALeaseKeepsIsUsedToItsEnd(DType dtype) {
    Backend backend = create(dtype);
    Backend.Lease lease = backend.lease();
    Backend.Lease inner = backend.lease();
    Matrix m = backend.allocate(2, 2);
    backend.close();
    assertTrue(backend.isClosed());
    inner.close();
    inner.close();
    double[] got = new double[4];
    backend.fill(3, m);
    backend.parallel(2, i -> backend.add(1, m.rows(i, i + 1), 1, m.rows(i, i + 1)));
    backend.download(m, got, 0);
    assertArrayEquals(new double[] {6, 6, 6, 6}, got);
    lease.close();
    assertFails(ErrorKey.CLOSED, () -> backend.fill(3, m), "closed");
    assertFails(ErrorKey.CLOSED, backend::lease, "closed");
  }

  /** A thread's own product of whole numbers, exact in both types. */
  private static final class Product {
    private static final int SIZE = 9;
    private final Backend backend;
    private final Matrix a;
    private final Matrix b;
    private final Matrix c;
    private final double[] expected = new double[SIZE * SIZE];

    Product(Backend backend, int seed) {
      this.backend = backend;
      double[] x = new SplittableRandom(seed).ints(SIZE * SIZE, -9, 9).asDoubleStream().toArray();
      double[] y = new SplittableRandom(-seed).ints(SIZE * SIZE, -9, 9).asDoubleStream().toArray();
      a = backend.allocate(SIZE, SIZE);
      b = backend.allocate(SIZE, SIZE);
      c = backend.allocate(SIZE, SIZE);
      backend.upload(x, 0, a);
      backend.upload(y, 0, b);
      for (int i = 0; i < SIZE; i++) {
        for (int j = 0; j < SIZE; j++) {
          for (int k = 0; k < SIZE; k++) {
            expected[i * SIZE + j] += 2 * x[i * SIZE + k] * y[k * SIZE + j];
          }
        }
      }
    }

    void check() {
      double[] got = new double[SIZE * SIZE];
      backend.gemm(false, false, 1, a, b, 0, c);
      backend.add(1, c, 1, c);
      backend.download(c, got, 0);
      assertArrayEquals(expected, got);
    }
  }

  @ParameterizedTest
  @EnumSource
  void severalThreadsComputeAtOnce(DType dtype) {
    try (Backend backend = create(dtype, 2)) {
      ManyThreads.run(
          THREADS,
          thread -> {
            Product own = new Product(backend, 1 + thread);
            for (int i = 0; i < 50; i++) {
              backend.parallel(2, part -> assertTrue(part < 2));
              own.check();
            }
          });
    }
  }

  @ParameterizedTest
  @EnumSource
  void closingUnderOperationsOfOtherThreadsEndsThem(DType dtype) {
    for (int round = 0; round < 20; round++) {
      Backend backend = create(dtype, 2);
      AtomicInteger computed = new AtomicInteger();
      AtomicInteger ended = new AtomicInteger();
      ManyThreads.run(
          THREADS,
          thread -> {
            try {
              Product own = new Product(backend, 1 + thread);
              while (true) {
                own.check();
                if (computed.incrementAndGet() > 3 * THREADS) {
                  backend.close();
                }
              }
            } catch (FjordException e) {
              assertEquals(ErrorKey.CLOSED, e.key(), String.valueOf(e.getMessage()));
              ended.incrementAndGet();
            }
          });
      assertEquals(THREADS, ended.get());
    }
  }
}
