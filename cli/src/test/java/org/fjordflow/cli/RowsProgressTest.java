package org.fjordflow.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RowsProgressTest {

  private long seconds;

  @Test
  void speaksEveryTenSecondsAndNotOfWhatIsSoonDone() {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    RowsProgress progress =
        new RowsProgress(
            new PrintStream(text, true, StandardCharsets.UTF_8),
            "scored",
            () -> 1_000_000_000L * seconds);
    for (int part = 1; part <= 9; part++) {
      seconds += 3;
      progress.at(100L * part);
    }
    assertEquals(
        "400 rows scored, 12.0 s%n800 rows scored, 24.0 s%n".formatted(),
        text.toString(StandardCharsets.UTF_8));
  }
}
