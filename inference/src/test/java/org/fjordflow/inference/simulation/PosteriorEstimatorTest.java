package org.fjordflow.inference.simulation;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.model.EmbeddingConfig;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Posteriors from simulations, beside closed forms; and what is wrong with simulations. */
final class PosteriorEstimatorTest {

  /** Normal parameters with deviation 2, seen with noise of deviation 1 in another unit. */
  private static final Prior PRIOR =
      Prior.of(
          List.of("a", "b"),
          random -> new double[] {2 * random.nextGaussian(), 100 + 2 * random.nextGaussian()});

  private static final Simulator SIMULATOR =
      (p, random) ->
          new double[] {1e3 * (p[0] + random.nextGaussian()), p[1] + random.nextGaussian(), 7};

  private static PosteriorEstimator estimator;

  private static PosteriorOptions options(long steps) {
    return PosteriorOptions.standard()
        .withRecipe(new SplineFlow(steps, UnaryOperator.identity()))
        .withMembers(2)
        .withThreads(1)
        .withSeed(3);
  }

  @BeforeAll
  static void train() {
    estimator = PosteriorEstimator.fit(PRIOR, SIMULATOR, 4_000, options(300));
  }

  @AfterAll
  static void close() {
    estimator.close();
  }

  @Test
  void aNormalPosteriorIsItsClosedForm() {
    Posterior posterior = estimator.at(3_000, 98, 7);
    // Precision 1/4 + 1: mean 0.8 of the way to the observation, variance 0.8.
    Table drawn = posterior.sample(4_000, 1);
    assertEquals(List.of("a", "b"), drawn.names());
    Moments moments = Moments.of(drawn.rows());
    assertArrayEquals(new double[] {2.4, 98.4}, moments.mean(), 0.15);
    double deviation = Math.sqrt(0.8);
    assertArrayEquals(
        new double[] {deviation, deviation}, moments.standardDeviation(), 0.1 * deviation);
    assertTrue(posterior.remarks().isEmpty());
    double expected = -Math.log(2 * Math.PI * 0.8);
    assertEquals(expected, posterior.logProb(new double[][] {{2.4, 98.4}})[0], 0.25);
  }

  @Test
  void itIsCalibrated() {
    Table fresh = Simulations.draw(PRIOR, SIMULATOR, 400, new SplittableRandom(5));
    PosteriorCalibration calibration =
        PosteriorCalibration.of(estimator, fresh, 99, new SplittableRandom(6));
    assertEquals(400, calibration.simulations());
    double[] band = calibration.band(0.8, 0.999);
    double covered = calibration.coverage(0.8);
    assertTrue(band[0] <= covered && covered <= band[1], "coverage " + covered);
    assertTrue(Arrays.stream(calibration.rankPValues()).min().orElseThrow() > 1e-3);
    assertTrue(calibration.tarpPValue() > 1e-3, "TARP " + calibration.tarpPValue());
    assertEquals(400, Arrays.stream(calibration.histogram(1, 10)).sum());
  }

  @Test
  void savedAndLoadedItDrawsTheSame(@TempDir Path folder) {
    estimator.save(folder);
    try (PosteriorEstimator loaded = PosteriorEstimator.load(folder)) {
      double[] observation = {-500, 101, 7};
      assertArrayEquals(
          estimator.at(observation).sample(50, 9).rows(),
          loaded.at(observation).sample(50, 9).rows());
      assertEquals(estimator.outputs(), loaded.outputs());
      assertEquals(estimator.remarks(), loaded.remarks());
    }
    assertTrue(Files.isRegularFile(folder.resolve("posterior.json")));
    assertFails(
        ErrorKey.FILE_MISSING, () -> PosteriorEstimator.load(folder.resolve("member-1")), "json");
  }

  @Test
  void aConstantColumnIsNamedAndNotUsed() {
    assertEquals(1, estimator.remarks().size());
    String remark = estimator.remarks().get(0);
    assertTrue(remark.contains("x3") && remark.contains("4000"), remark);
  }

  @Test
  void anObservationFarOutsideIsNamed() {
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> estimator.at(1e9, 100, 7), "'x1' is 1.0E9");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> estimator.at(0, 100, 8), "'x3' is 8.0");
    assertFails(ErrorKey.NON_FINITE, () -> estimator.at(0, Double.NaN, 7), "x2");
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> estimator.at(0, 100), "2 values", "x3");
    Posterior outside = estimator.extrapolatedAt(1e9, 100, 7);
    assertTrue(outside.remarks().get(0).contains("x1"), outside.remarks().toString());
    Posterior near = estimator.at(1e4, 100, 7);
    assertTrue(near.remarks().get(0).contains("extrapolated"), near.remarks().toString());
  }

  @Test
  void failedSimulationsAreAnErrorOrLeftOut() {
    Simulator failing =
        (p, random) -> new double[] {p[0] > 2 ? Double.NaN : p[0] + random.nextGaussian(), p[1]};
    Table table = Simulations.draw(PRIOR, failing, 500, new SplittableRandom(1));
    assertFails(
        ErrorKey.NON_FINITE,
        () -> PosteriorEstimator.fit(PRIOR, table, options(2)),
        "of 500 simulations",
        "'x1'");
    try (PosteriorEstimator left =
        PosteriorEstimator.fit(PRIOR, table, options(2).withoutFailed())) {
      assertTrue(left.remarks().get(0).contains("left out"), left.remarks().toString());
    }
  }

  @Test
  void simulationsThatSayNothingAreNamed() {
    Table constant =
        Simulations.draw(PRIOR, (p, random) -> new double[] {1, 2}, 100, new SplittableRandom(1));
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> PosteriorEstimator.fit(PRIOR, constant, options(2)),
        "all outputs");
    Prior fixed = Prior.of(List.of("a"), random -> new double[] {1});
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () ->
            PosteriorEstimator.fit(
                fixed, (p, random) -> new double[] {random.nextDouble()}, 100, options(2)),
        "parameters [a]");
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> PosteriorEstimator.fit(Prior.named("c"), constant, options(2)),
        "[c]");
    assertFails(
        ErrorKey.UNSUPPORTED,
        () -> PosteriorEstimator.fit(Prior.named("c"), SIMULATOR, 10, options(2)),
        "no sampler");
  }

  @Test
  void noDrawLeavesBoundsOfThePrior() {
    Prior prior =
        Prior.uniform(List.of("share", "rate"), new double[] {0, 1}, new double[] {1, 3})
            .withBounds("share", 0, 1);
    Simulator simulator =
        (p, random) ->
            new double[] {p[0] + 0.1 * random.nextGaussian(), p[1] + 0.1 * random.nextGaussian()};
    PosteriorOptions options = options(200).withMembers(1).withEmbedding(EmbeddingConfig.of(2, 16));
    try (PosteriorEstimator bounded = PosteriorEstimator.fit(prior, simulator, 2_000, options)) {
      Posterior edge = bounded.at(-0.1, 3.1);
      double[][] drawn = edge.sample(2_000, 1).rows();
      assertTrue(Arrays.stream(drawn).allMatch(row -> row[0] > 0 && row[0] < 1));
      assertTrue(Arrays.stream(drawn).allMatch(row -> row[1] > 1 && row[1] < 3));
      double mean = Arrays.stream(drawn).mapToDouble(row -> row[0]).average().orElseThrow();
      // Of a normal at -0.1 with deviation 0.1, cut at 0: -0.1 + 0.1 phi(1) / (1 - Phi(1)).
      assertEquals(-0.1 + 0.1 * 1.5251, mean, 0.03);
      assertEquals(Double.NEGATIVE_INFINITY, edge.logProb(new double[][] {{-0.01, 2}})[0]);
    }
  }

  @Test
  void otherFlowsAreTrainedFromATable() {
    Table table =
        Simulations.draw(
            PRIOR,
            (p, random) -> new double[] {p[0], p[1] + random.nextGaussian()},
            300,
            new SplittableRandom(2));
    PosteriorOptions options =
        options(2).withRecipe(Recipe.MAF).withMembers(1).withTimeBudget(Duration.ofSeconds(2));
    try (PosteriorEstimator maf = PosteriorEstimator.fit(Prior.named("a", "b"), table, options)) {
      assertEquals(300, maf.logProb(table).length);
      assertEquals(1, maf.reports().size());
    }
  }
}
