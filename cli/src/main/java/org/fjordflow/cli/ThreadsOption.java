package org.fjordflow.cli;

import org.fjordflow.base.FjordException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of every command that computes. */
final class ThreadsOption {
  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "how many threads compute; the same steps give the same bits with any number (default: as"
              + " many as there are processors)")
  private @Nullable Integer threads;

  /**
   * Returns how many threads compute at most.
   *
   * @throws FjordException INVALID_ARGUMENT if there are none
   */
  int count() {
    if (threads == null) {
      return Runtime.getRuntime().availableProcessors();
    }
    Usage.require(threads >= 1, "--threads is " + threads + "; expected at least 1");
    return threads;
  }
}
