package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
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
  private static final double SECONDS = 60;

  @TempDir private Path folder;

  @Test
  void everyReaderReadsOrRefuses() throws IOException {
    List<String> broken = FuzzRun.run(folder, INPUTS, SECONDS, System.out);
    assertEquals(List.of(), broken);
  }
}
