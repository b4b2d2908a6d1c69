package com.example;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FirstProgramTest {
  @TempDir private Path folder;

  /** A ring: a normal with its moments has 2.96 nats. */
  @Test
  void aLoadedModelScoresAsTheFittedOne() throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    StringBuilder table = new StringBuilder("x,y\n");
    for (int i = 0; i < 500; i++) {
      double angle = random.nextDouble(2 * Math.PI);
      double radius = 1.5 + 0.1 * random.nextGaussian();
      table.append(radius * Math.cos(angle)).append(',').append(radius * Math.sin(angle));
      table.append('\n');
    }
    Path rows = Files.writeString(folder.resolve("rows.csv"), table);
    FirstProgram.Scores scores = FirstProgram.run(rows, folder.resolve("run"));
    assertArrayEquals(scores.fitted(), scores.loaded(), "bit by bit");
    double nll = -DoubleStream.of(scores.fitted()).average().orElseThrow();
    assertTrue(nll < 2.8, "it has learned: " + nll + " nats");
  }
}
