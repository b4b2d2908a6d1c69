package org.fjordflow.core.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Threads that begin at the same time. */
public final class ManyThreads {

  /** What one of the threads does. */
  @FunctionalInterface
  public interface Task {
    /** Does it, given which thread this is, from 0. */
    void run(int thread) throws Exception;
  }

  private ManyThreads() {}

  /** Runs a task on several threads; returns when all are done, and throws if one has failed. */
  public static void run(int threads, Task task) {
    CyclicBarrier begin = new CyclicBarrier(threads);
    List<Callable<Void>> calls = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      int thread = t;
      calls.add(
          () -> {
            begin.await();
            task.run(thread);
            return null;
          });
    }
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      for (Future<Void> done : pool.invokeAll(calls)) {
        done.get();
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new AssertionError("a thread failed: " + e.getCause(), e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }
}
