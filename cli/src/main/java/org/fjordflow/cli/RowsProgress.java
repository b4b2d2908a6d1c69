package org.fjordflow.cli;

import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/** Says how many rows are done, every ten seconds; nothing of what takes less. */
final class RowsProgress {

  private static final long INTERVAL_NANOS = 10_000_000_000L;

  private final PrintStream err;
  private final String done;
  private final LongSupplier clock;
  private final long start;
  private long said;

  /**
   * Begins now.
   *
   * @param done what was done to the rows, such as "scored"
   */
  RowsProgress(PrintStream err, String done) {
    this(err, done, System::nanoTime);
  }

  RowsProgress(PrintStream err, String done, LongSupplier clock) {
    this.err = err;
    this.done = done;
    this.clock = clock;
    this.start = clock.getAsLong();
    this.said = start;
  }

  /** Takes the number of rows that are done so far. */
  void at(long rows) {
    long now = clock.getAsLong();
    if (now - said >= INTERVAL_NANOS) {
      said = now;
      err.println(
          String.format(
              Locale.ROOT, "%d rows %s, %s", rows, done, Console.seconds((now - start) * 1e-9)));
    }
  }
}
