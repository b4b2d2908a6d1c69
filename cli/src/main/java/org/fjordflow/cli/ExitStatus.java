package org.fjordflow.cli;

/** Exit statuses of the command. */
final class ExitStatus {
  /** All was done. */
  static final int DONE = 0;

  /** Something failed that other input need not have. */
  static final int FAILED = 1;

  /** The command line or a file is not what is expected. */
  static final int WRONG_INPUT = 2;

  /** Stopped by Ctrl-C, as shells have it: 128 + SIGINT. */
  static final int INTERRUPTED = 130;

  private ExitStatus() {}
}
