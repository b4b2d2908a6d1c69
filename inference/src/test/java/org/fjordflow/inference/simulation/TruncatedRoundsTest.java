package org.fjordflow.inference.simulation;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Moments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rounds of simulations where the posterior is, beside its closed form. */
final class TruncatedRoundsTest {

  private static final double NOISE = 0.05;
  private static final double[] OBSERVATION = {3.25, 0};

  /** The second value of an observation is of both parameters, so that they hang together. */
  private static final Prior PRIOR =
      Prior.uniform(List.of("a", "b"), new double[] {-10, -10}, new double[] {10, 10});

  private static final Simulator SIMULATOR =
      (p, random) ->
          new double[] {
            p[0] + NOISE * random.nextGaussian(), p[0] + p[1] + NOISE * random.nextGaussian()
          };

  private static PosteriorOptions options() {
    return PosteriorOptions.standard()
        .withRecipe(new SplineFlow(300, UnaryOperator.identity()))
        .withMembers(1)
        .withThreads(1)
        .withSeed(3);
  }

  /** Deviations of a posterior that fills two thousandths of each side of its prior. */
  private static double[] deviations(PosteriorEstimator estimator) {
    return Moments.of(estimator.at(OBSERVATION).sample(4_000, 1).rows()).standardDeviation();
  }

  @Test
  void roundsFindANarrowPosterior(@TempDir Path folder) {
    double[] expected = {NOISE, NOISE * Math.sqrt(2)};
    try (PosteriorEstimator rounds =
        PosteriorEstimator.fitInRounds(PRIOR, SIMULATOR, OBSERVATION, 1_500, 3, options())) {
      double[] found = deviations(rounds);
      System.out.println(Arrays.toString(found) + " " + rounds.remarks());
      for (int j = 0; j < 2; j++) {
        assertEquals(expected[j], found[j], 0.25 * expected[j], "deviation of " + j);
      }
      double[] mean = Moments.of(rounds.at(OBSERVATION).sample(4_000, 1).rows()).mean();
      assertEquals(3.25, mean[0], 0.4 * expected[0]);
      assertEquals(-3.25, mean[1], 0.4 * expected[1]);
      assertTrue(rounds.remarks().get(1).startsWith("round 3 drew from 0."), "" + rounds.remarks());
      assertTrue(rounds.at(OBSERVATION).remarks().isEmpty());
      assertTrue(rounds.at(3.2, 0).remarks().get(0).contains("[3.25, 0.0]"));
      rounds.save(folder);
      try (PosteriorEstimator loaded = PosteriorEstimator.load(folder)) {
        assertEquals(1, loaded.at(3.2, 0).remarks().size());
      }
    }
  }

  @Test
  void theTruncatedPriorIsWhereThePosteriorIs() {
    try (PosteriorEstimator first = PosteriorEstimator.fit(PRIOR, SIMULATOR, 500, options())) {
      Posterior posterior = first.at(OBSERVATION);
      TruncatedPrior narrower = new TruncatedPrior(PRIOR, posterior, 1);
      SplittableRandom random = new SplittableRandom(2);
      double[][] drawn = new double[500][];
      Arrays.setAll(drawn, i -> narrower.sample(random));
      double least = Arrays.stream(posterior.logProb(drawn)).min().orElseThrow();
      double[] own = posterior.logProb(posterior.sample(20_000, 5).rows());
      double below = (double) Arrays.stream(own).filter(x -> x < least).count() / own.length;
      System.out.println("below " + below + ", share " + narrower.share());
      // Draws are as dense everywhere in it, so the least one is near its edge.
      assertTrue(below < 0.01, "left out " + below);
      assertTrue(narrower.share() < 0.2, "share " + narrower.share());
    }
  }

  @Test
  void numbersThatDoNotFitAreRefused() {
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> PosteriorEstimator.fitInRounds(PRIOR, SIMULATOR, OBSERVATION, 2, 3, options()),
        "2 simulations in 3 rounds");
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> PosteriorEstimator.fitInRounds(PRIOR, SIMULATOR, new double[] {1}, 300, 2, options()),
        "1 values");
  }
}
