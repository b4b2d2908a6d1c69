package org.fjordflow.core.backend.internal;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.fjordflow.core.backend.Backend;
import org.jspecify.annotations.Nullable;

/**
 * Threads that run the tasks of a backend beside the caller's. A thread first takes the tasks of a
 * range of its own, the same one each time, so that what they work on stays in its cache; then it
 * helps the others. So a thread that gets no processor delays nobody by more than one task.
 *
 * <p>Between two calls threads look out for work for a short while, since solvers call often, then
 * sleep; after some seconds without work they end, and are started anew when there is some. They
 * hold nothing of the calls that they have helped with.
 *
 * <p>Of several callers at once, one is helped; the others work through their tasks alone, so that
 * none waits for another.
 */
public final class Workers implements AutoCloseable {

  private static final long SPIN_NANOS = 100_000;
  private static final long IDLE_NANOS = 5_000_000_000L;
  private static final long WAIT_NANOS = 20_000;

  /** One call of {@link #run}. */
  private static final class Job {
    private final long number;
    private final int count;
    private final IntConsumer task;
    private final AtomicInteger[] next;
    private final AtomicInteger unfinished;
    private volatile @Nullable Throwable failure;

    Job(long number, int count, int ranges, IntConsumer task) {
      this.number = number;
      this.count = count;
      this.task = task;
      this.next = new AtomicInteger[ranges];
      this.unfinished = new AtomicInteger(count);
      for (int r = 0; r < ranges; r++) {
        next[r] = new AtomicInteger(start(r));
      }
    }

    private int start(int range) {
      return (int) ((long) count * range / next.length);
    }

    /** Runs what is left, beginning with a range. */
    void work(int first) {
      for (int i = 0; i < next.length; i++) {
        int range = (first + i) % next.length;
        int end = start(range + 1);
        // Asked before it is taken, so that the counter cannot run over.
        while (next[range].get() < end) {
          int index = next[range].getAndIncrement();
          if (index < end) {
            runOne(index);
          }
        }
      }
    }

    @SuppressWarnings("IllegalCatch") // handed to the caller
    private void runOne(int index) {
      try {
        task.accept(index);
      } catch (RuntimeException | Error e) {
        failure = e;
      } finally {
        unfinished.getAndDecrement();
      }
    }
  }

  /** A helping thread. */
  private final class Helper implements Runnable {
    private final int range;
    private final Thread thread;
    private volatile boolean asleep;
    private volatile boolean ended;

    Helper(int range) {
      this.range = range;
      this.thread = new Thread(this, "fjord-worker-" + range);
      thread.setDaemon(true);
    }

    @Override
    public void run() {
      long last = 0;
      long idleSince = System.nanoTime();
      while (!closed) {
        long latest = work(last);
        if (latest != last) {
          last = latest;
          idleSince = System.nanoTime();
          continue;
        }
        long idle = System.nanoTime() - idleSince;
        if (idle < SPIN_NANOS) {
          Thread.onSpinWait();
        } else if (idle < idleNanos) {
          sleep(last);
        } else {
          break;
        }
      }
      ended = true;
    }

    /** Helps with the current call unless it is the last one; returns the number of the latest. */
    private long work(long last) {
      Job job = current;
      if (job == null || job.number == last) {
        return last;
      }
      job.work(range);
      return job.number;
    }

    private static boolean isNews(@Nullable Job job, long last) {
      return job != null && job.number != last;
    }

    private void sleep(long last) {
      asleep = true;
      if (!closed && !isNews(current, last)) {
        LockSupport.parkNanos(Workers.this, idleNanos);
      }
      asleep = false;
    }
  }

  private final int threads;
  private final long idleNanos;
  // Written by the one caller that is helped, read by who closes.
  private final List<Helper> helpers = new CopyOnWriteArrayList<>();
  private final AtomicInteger callers = new AtomicInteger();
  private volatile @Nullable Job current;
  private volatile boolean closed;
  private long jobs;

  public Workers(int threads) {
    this(threads, IDLE_NANOS);
  }

  /**
   * Creates them; threads start with the first work.
   *
   * @param threads how many work at most, the caller's among them
   * @param idleNanos how long a thread without work waits for some before it ends
   */
  public Workers(int threads, long idleNanos) {
    this.threads = threads;
    this.idleNanos = idleNanos;
  }

  public int threads() {
    return threads;
  }

  /** See {@link Backend#parallel}. */
  public void run(int count, IntConsumer task) {
    int ranges = Math.min(threads, count);
    boolean alone = callers.getAndIncrement() == 0;
    try {
      if (ranges <= 1 || !alone || closed) {
        inSequence(count, task);
      } else {
        jobs++;
        runTogether(new Job(jobs, count, ranges, task));
      }
    } finally {
      callers.getAndDecrement();
    }
  }

  /** One after the other; all are run even where one fails, as when several threads do. */
  public static void inSequence(int count, IntConsumer task) {
    Job job = new Job(0, count, 1, task);
    job.work(0);
    throwFailure(job);
  }

  private void runTogether(Job job) {
    // All that may fail comes first: once others work on it, the job has to be finished.
    for (int i = 0; i < job.next.length - 1; i++) {
      if (i == helpers.size()) {
        helpers.add(started(i + 1));
      } else if (helpers.get(i).ended) {
        helpers.set(i, started(i + 1));
      }
    }
    current = job;
    for (Helper helper : helpers.subList(0, job.next.length - 1)) {
      if (helper.asleep) {
        LockSupport.unpark(helper.thread);
      }
    }
    job.work(0);
    for (int spins = 0; job.unfinished.get() > 0; spins++) {
      if (spins < 10_000) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(WAIT_NANOS);
      }
    }
    current = null;
    throwFailure(job);
  }

  private Helper started(int range) {
    Helper helper = new Helper(range);
    helper.thread.start();
    return helper;
  }

  private static void throwFailure(Job job) {
    Throwable failure = job.failure;
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  @Override
  public void close() {
    closed = true;
    helpers.forEach(helper -> LockSupport.unpark(helper.thread));
  }
}
