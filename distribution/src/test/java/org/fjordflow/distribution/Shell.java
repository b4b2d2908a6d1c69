package org.fjordflow.distribution;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Runs commands and keeps what they say. */
final class Shell {
  private Shell() {}

  /** What a command said on both streams together, and its exit status. */
  record Result(int status, String said) {
    String succeeded() {
      assertEquals(0, status, said);
      return said;
    }
  }

  /**
   * Runs a command.
   *
   * @param environment added to that of this process
   */
  static Result run(Path folder, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), said);
  }
}
