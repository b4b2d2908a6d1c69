package com.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FirstProgramTest {
  @TempDir private Path folder;

  @Test
  void aLoadedModelScoresAsTheFittedOne() {
    FirstProgram.Scores scores = FirstProgram.run(folder.resolve("run"), 7);
    assertArrayEquals(scores.fitted(), scores.loaded(), "bit by bit");
    double nll = -DoubleStream.of(scores.fitted()).average().orElseThrow();
    assertTrue(nll < 2.5, "it has learned: " + nll + " nats");
  }
}
