package org.fjordflow.discrete.internal;

import org.fjordflow.core.backend.Backend;

/** Work on rows that do not depend on each other, dealt out to a backend's threads. */
public final class RowTasks {

  /** Work on some rows. */
  @FunctionalInterface
  public interface Task {
    /** Does the rows from (inclusive) to to (exclusive); writes what is theirs alone. */
    void run(int from, int to);
  }

  private RowTasks() {}

  /**
   * Runs a task on all rows, in parts of at least some rows.
   *
   * @param rows number of rows
   * @param least rows that are worth a part of their own
   */
  public static void run(Backend backend, int rows, int least, Task task) {
    int most = Math.max(1, rows / Math.max(1, least));
    int parts = Math.min(most, 2 * backend.threads());
    if (parts == 1) {
      task.run(0, rows);
      return;
    }
    backend.parallel(
        parts,
        part ->
            task.run((int) ((long) rows * part / parts), (int) ((long) rows * (part + 1) / parts)));
  }
}
