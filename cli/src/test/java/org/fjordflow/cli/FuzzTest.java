package org.fjordflow.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Changed files, of every reader. A short run; {@code bench/fuzz} makes the full one. Inputs follow
 * from the reader's name and their number, so a failure is repeated by the same run.
 */
final class FuzzTest {
  private static final long INPUTS = 5_000;
  private static final long SECONDS = 60;

  @TempDir private Path folder;

  @Test
  void everyReaderReadsOrRefuses() throws IOException {
    Path kept = Path.of(System.getProperty("fuzz.folder", folder.toString()));
    long inputs = Long.getLong("fuzz.inputs", INPUTS);
    double seconds = (double) Long.getLong("fuzz.seconds", SECONDS);
    Files.createDirectories(kept);
    try (PrintStream table =
        new PrintStream(Files.newOutputStream(kept.resolve("table.md")), true, UTF_8)) {
      assertEquals(List.of(), FuzzRun.run(kept, inputs, seconds, table));
    }
  }
}
