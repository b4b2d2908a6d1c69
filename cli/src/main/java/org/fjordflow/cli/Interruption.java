package org.fjordflow.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a command end in order when the process is told to stop (Ctrl-C, a polite kill): the end of
 * the process waits until the command has closed this, or has nothing more to lose. The process
 * then ends with the status of the signal, 130 for Ctrl-C.
 */
final class Interruption implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 120;

  private final CountDownLatch ready = new CountDownLatch(1);
  private final Runnable last;
  private final Thread hook;
  private volatile boolean requested;
  private volatile Runnable farewell = () -> {};

  /**
   * Begins to watch.
   *
   * @param stop called on another thread when the process is told to stop; returns at once
   */
  Interruption(Runnable stop) {
    this(stop, () -> {});
  }

  /**
   * Begins to watch.
   *
   * @param stop called on another thread when the process is told to stop; returns at once
   * @param last what has to be done before the process ends, such as unlocking; done by {@link
   *     #close}
   */
  Interruption(Runnable stop, Runnable last) {
    this.last = last;
    hook = new Thread(() -> await(stop), "fjord-interruption");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /** Returns whether the process has been told to stop. */
  boolean isRequested() {
    return requested;
  }

  /**
   * Lets the process end at once when it is told to stop, whatever the command is at: all that it
   * has to keep is written, and what it writes yet replaces files as a whole or not at all. May be
   * called again, as what is said changes.
   *
   * @param say what is said then, on another thread
   */
  void allowEnd(Runnable say) {
    farewell = say;
    ready.countDown();
  }

  private void await(Runnable stop) {
    requested = true;
    stop.run();
    try {
      boolean unused = ready.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    farewell.run();
  }

  @Override
  public void close() {
    try {
      last.run();
    } finally {
      farewell = () -> {};
      ready.countDown();
    }
    if (!requested) {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        requested = true; // the process has begun to end
      }
    }
  }
}
