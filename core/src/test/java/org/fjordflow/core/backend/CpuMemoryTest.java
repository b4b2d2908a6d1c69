package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.Pointer;
import org.fjordflow.core.testing.ManyThreads;
import org.junit.jupiter.api.Test;

/** Native memory of a {@link CpuBackend}: what is held, closed, or forgotten. */
final class CpuMemoryTest {

  private static final int ROUNDS = 500;
  private static final int SIDE = 512;
  private static final long BYTES = (long) SIDE * SIDE * Float.BYTES;

  /** Collects until something holds, some hundred times at most. */
  private static void awaitCollection(String what, BooleanSupplier holds) {
    for (int round = 0; round < ROUNDS && !holds.getAsBoolean(); round++) {
      System.gc();
      Thread.onSpinWait();
    }
    assertTrue(holds.getAsBoolean(), what);
  }

  @Test
  void bytesAreThoseOfMatricesUntilAllIsClosed() {
    CpuBackend backend = new CpuBackend(DType.FLOAT64, 2);
    Matrix m = backend.allocate(10, 10);
    assertEquals(800, backend.bytes());
    Matrix view = m.rows(2, 3);
    backend.fill(1, view);
    assertEquals(800, backend.bytes());
    Backend.Lease lease = backend.lease();
    backend.close();
    assertEquals(800, backend.bytes(), "somebody uses it");
    lease.close();
    assertEquals(0, backend.bytes());
  }

  @Test
  void matricesThatAreForgottenAreFreed() {
    try (CpuBackend backend = new CpuBackend(DType.FLOAT32, 1)) {
      Matrix kept = backend.allocate(SIDE, SIDE);
      for (int i = 0; i < 20; i++) {
        backend.fill(i, backend.allocate(SIDE, SIDE));
      }
      awaitCollection("forgotten matrices are freed", () -> backend.bytes() == BYTES);
      double[] values = new double[SIDE * SIDE];
      backend.fill(7, kept);
      backend.download(kept, values, 0);
      assertEquals(7, values[values.length - 1]);
    }
  }

  /** Uses a backend and forgets it: its memory, with an array of attention's, and its threads. */
  private static void forget(Set<Thread> threads) {
    CpuBackend backend = new CpuBackend(DType.FLOAT32, 3);
    Matrix big = backend.allocate(SIDE, SIDE);
    Matrix qkv = backend.allocate(64, 96);
    Matrix y = backend.allocate(64, 32);
    backend.parallel(
        30,
        i -> {
          threads.add(Thread.currentThread());
          backend.add(1, big.rows(i, i + 1), 1, big.rows(i, i + 1));
        });
    backend.attention(qkv, 16, 2, y);
  }

  @Test
  void backendsThatAreForgottenAreFreedAndTheirThreadsEnd() {
    long before = Pointer.totalBytes();
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    for (int i = 0; i < 20; i++) {
      forget(threads);
    }
    threads.remove(Thread.currentThread());
    awaitCollection(
        "the memory of forgotten backends is freed", () -> Pointer.totalBytes() <= before);
    awaitCollection("their threads end", () -> threads.stream().noneMatch(Thread::isAlive));
  }

  /** Neither forgotten nor closed backends are held by threads that used them and live on. */
  @Test
  void threadsThatLiveOnHoldNothing() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(2);
    try {
      List<WeakReference<Backend>> backends = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        pool.submit(() -> backends.add(used(backends.size() % 2 == 0))).get();
      }
      awaitCollection(
          "no thread holds a backend that it used",
          () -> backends.stream().allMatch(backend -> backend.get() == null));
    } finally {
      pool.shutdownNow();
    }
  }

  private static WeakReference<Backend> used(boolean closed) {
    CpuBackend backend = new CpuBackend(DType.FLOAT32, 1);
    backend.attention(backend.allocate(64, 96), 16, 2, backend.allocate(64, 32));
    if (closed) {
      backend.close();
    }
    return new WeakReference<>(backend);
  }

  @Test
  void threadsThatComeAndGoLeaveNothing() {
    try (CpuBackend backend = new CpuBackend(DType.FLOAT32, 1)) {
      Matrix qkv = backend.allocate(64, 96);
      long before = backend.bytes();
      for (int round = 0; round < 10; round++) {
        ManyThreads.run(8, thread -> backend.attention(qkv, 16, 2, backend.allocate(64, 32)));
      }
      awaitCollection("what they worked in is freed", () -> backend.bytes() == before);
    }
  }
}
