package org.fjordflow.bench;

import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.function.IntConsumer;
import org.fjordflow.core.backend.Backend;

/** Tasks that begin at the same time, each on a thread of its own. */
final class Together {

  private Together() {}

  /**
   * Runs a task for each thread and returns when all are done.
   *
   * @param backend whose threads run them
   * @param threads how many, at most those of the backend
   * @param task is given its index
   */
  static void run(Backend backend, int threads, IntConsumer task) {
    if (threads == 1) {
      task.accept(0);
      return;
    }
    CyclicBarrier begin = new CyclicBarrier(threads);
    backend.parallel(
        threads,
        index -> {
          await(begin);
          task.accept(index);
        });
  }

  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException(e);
    }
  }
}
