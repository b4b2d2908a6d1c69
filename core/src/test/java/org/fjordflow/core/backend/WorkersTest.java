package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.fjordflow.core.backend.internal.Workers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * When helping threads start, sleep and end; what they do is in {@link BackendParallelContract}.
 */
@Timeout(120)
final class WorkersTest {

  private static final int THREADS = 3;
  private static final long LONG = 3_600_000_000_000L;
  private static final long SHORT = 50_000_000;

  /** As many tasks as threads, none of which ends before all have begun: one for each thread. */
  private static Set<Thread> helpers(Workers workers) {
    CyclicBarrier allBegun = new CyclicBarrier(THREADS);
    Set<Thread> used = Collections.newSetFromMap(new ConcurrentHashMap<>());
    workers.run(
        THREADS,
        i -> {
          used.add(Thread.currentThread());
          await(allBegun);
        });
    assertEquals(THREADS, used.size());
    assertTrue(used.remove(Thread.currentThread()), "the caller works as well");
    return used;
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void awaitSleep(Set<Thread> threads) {
    for (Thread thread : threads) {
      while (thread.getState() != Thread.State.TIMED_WAITING) {
        Thread.onSpinWait();
      }
    }
  }

  private static void expectEnd(Set<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      thread.join();
      assertFalse(thread.isAlive());
    }
  }

  @Test
  void helpersStartWithTheFirstWorkThatNeedsThem() {
    try (Workers workers = new Workers(THREADS, LONG)) {
      assertEquals(THREADS, workers.threads());
      Thread caller = Thread.currentThread();
      workers.run(1, i -> assertEquals(caller, Thread.currentThread()));
      Set<Thread> first = helpers(workers);
      for (Thread helper : first) {
        assertTrue(helper.isDaemon(), "a program may end without closing");
      }
      assertEquals(first, helpers(workers));
    }
  }

  @Test
  void sleepingHelpersAreWoken() {
    try (Workers workers = new Workers(THREADS, LONG)) {
      Set<Thread> first = helpers(workers);
      for (int round = 0; round < 20; round++) {
        awaitSleep(first);
        assertEquals(first, helpers(workers));
      }
    }
  }

  @Test
  void closingEndsSleepingHelpers() throws InterruptedException {
    Workers workers = new Workers(THREADS, LONG);
    Set<Thread> helpers = helpers(workers);
    awaitSleep(helpers);
    workers.close();
    expectEnd(helpers);
  }

  @Test
  void closingEndsHelpersThatLookOutForWork() throws InterruptedException {
    for (int round = 0; round < 50; round++) {
      Workers workers = new Workers(THREADS, LONG);
      Set<Thread> helpers = helpers(workers);
      workers.close();
      workers.close();
      expectEnd(helpers);
    }
  }

  @Test
  void closingBeforeAnyWorkIsNothing() {
    Workers workers = new Workers(THREADS, LONG);
    workers.close();
    assertEquals(THREADS, workers.threads());
  }

  @Test
  void helpersThatWereIdleForLongEndAndAreReplaced() throws InterruptedException {
    try (Workers workers = new Workers(THREADS, SHORT)) {
      Set<Thread> all = new HashSet<>();
      for (int round = 1; round <= 4; round++) {
        Set<Thread> helpers = helpers(workers);
        all.addAll(helpers);
        assertEquals(round * (THREADS - 1), all.size(), "new ones in round " + round);
        AtomicInteger runs = new AtomicInteger();
        workers.run(100, i -> runs.incrementAndGet());
        assertEquals(100, runs.get());
        expectEnd(helpers);
      }
    }
  }

  /** A backend closes its threads. */
  @Test
  void aClosedBackendLeavesNoThreads() throws InterruptedException {
    CpuBackend backend = new CpuBackend(DType.FLOAT64, THREADS);
    CyclicBarrier allBegun = new CyclicBarrier(THREADS);
    Set<Thread> used = Collections.newSetFromMap(new ConcurrentHashMap<>());
    backend.parallel(
        THREADS,
        i -> {
          used.add(Thread.currentThread());
          await(allBegun);
        });
    backend.close();
    used.remove(Thread.currentThread());
    assertEquals(THREADS - 1, used.size());
    expectEnd(used);
  }
}
