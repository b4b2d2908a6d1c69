package org.fjordflow.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A few steps of training already bring each model nearer to its data. */
class TrainedExamplesTest {
  @Test
  void twoMoons() {
    try (PrintStream silent =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
      TwoMoons.Result untrained = TwoMoons.run(0, 1, silent);
      TwoMoons.Result trained = TwoMoons.run(40, 1, silent);
      assertTrue(
          trained.testNll() < untrained.testNll() - 0.2,
          untrained.testNll() + " before, " + trained.testNll() + " after 40 steps, seed 1");
      assertTrue(trained.testNll() > 0.9, "below the entropy of the data: " + trained.testNll());
      assertEquals(5, trained.samples().rows().length);
    }
  }

  @Test
  void conditionalFlow() {
    ConditionalFlow.Result untrained = ConditionalFlow.run(0, 1);
    ConditionalFlow.Result trained = ConditionalFlow.run(80, 1);
    assertTrue(
        trained.logProb() > untrained.logProb() + 0.1,
        untrained.logProb() + " before, " + trained.logProb() + " after 80 steps, seed 1");
    // Gibbs' inequality, on 4,000 draws.
    assertTrue(trained.logProb() < trained.trueLogProb() + 0.05, "above the truth");
    assertTrue(Arrays.stream(trained.drawsAtOne()).allMatch(y -> Math.abs(y) < 6));
  }
}
