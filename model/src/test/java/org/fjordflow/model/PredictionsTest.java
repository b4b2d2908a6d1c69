package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.model.BaseConfig;
import org.hipparchus.distribution.continuous.NormalDistribution;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One column given others, in every recipe, and what is predicted of each row. */
final class PredictionsTest {

  private static final long SEED = 11;
  private static final double[][] GIVEN = {{-1.2}, {0}, {0.7}};

  /** y = 100 + 3 x + (1 + x^2 / 2) e, given x. */
  private static Table rows(int n) {
    RandomGenerator random = new SplittableRandom(SEED);
    double[][] rows = new double[n][];
    for (int i = 0; i < n; i++) {
      double x = random.nextGaussian();
      rows[i] = new double[] {x, 100 + 3 * x + (1 + x * x / 2) * random.nextGaussian()};
    }
    return Table.of(List.of("x", "y"), rows);
  }

  private static FitOptions.Builder options(FlowRecipe recipe) {
    return FitOptions.builder(recipe).context("x").seed(SEED).threads(1);
  }

  /** The density of each row integrates to one, and quantiles are where the base has its own. */
  @ParameterizedTest
  @EnumSource(Recipe.class)
  void everyRecipeTakesOneColumnGivenOthers(Recipe recipe) {
    assertTrue(recipe.takes(1, 1));
    FitOptions options = options(recipe.withDtype("float64")).steps(5).build();
    try (FlowModel model = FlowModel.fit(rows(300), options)) {
      for (double[] given : GIVEN) {
        double total = 0;
        double step = 0.02;
        double[][] points =
            IntStream.range(0, 6_000)
                .mapToObj(i -> new double[] {40 + step * i})
                .toArray(double[][]::new);
        for (double log : model.logProb(points, Context.shared(given))) {
          total += step * Math.exp(log);
        }
        assertEquals(1, total, 2e-3, recipe.id());
      }
      Predictions predictions = model.predict(GIVEN, Predictions.Options.standard());
      assertTrue(predictions.exact());
      NormalDistribution normal = new NormalDistribution(0, 1);
      for (double level : predictions.levels()) {
        double[][] at =
            Arrays.stream(predictions.quantile(0, level))
                .mapToObj(y -> new double[] {y})
                .toArray(double[][]::new);
        for (double[] z : model.toBase(at, Context.of(GIVEN))) {
          assertEquals(level, normal.cumulativeProbability(z[0]), 2e-3, recipe.id());
        }
      }
    }
  }

  /** The median and the deviation of a trained flow are near the truth. */
  @Test
  void predictionsAreThoseOfTheData() {
    try (FlowModel model = FlowModel.fit(rows(3_000), options(Recipe.NSF_AR).build())) {
      Table given = Table.of(List.of("x"), GIVEN);
      Predictions predictions =
          model.predict(given, Predictions.Options.standard().withIntervals(0.5, 0.9));
      assertEquals(List.of(0.05, 0.25, 0.5, 0.75, 0.95), predictions.levels());
      for (int i = 0; i < GIVEN.length; i++) {
        double x = GIVEN[i][0];
        double deviation = 1 + x * x / 2;
        assertEquals(100 + 3 * x, predictions.mean()[i][0], 0.35 * deviation);
        assertEquals(100 + 3 * x, predictions.quantile(0, 0.5)[i], 0.35 * deviation);
        assertEquals(deviation, predictions.deviation()[i][0], 0.35 * deviation);
      }
    }
  }

  /** Integrated moments are those of many samples, within six standard errors. */
  @Test
  void momentsAgreeWithSamples() {
    FitOptions options = options(Recipe.NSF).steps(60).build();
    try (FlowModel model = FlowModel.fit(rows(500), options)) {
      Predictions exact = model.predict(GIVEN, Predictions.Options.standard());
      int n = 40_000;
      for (int i = 0; i < GIVEN.length; i++) {
        double[] drawn =
            Arrays.stream(model.sample(n, Context.shared(GIVEN[i]), SEED).rows())
                .mapToDouble(row -> row[0])
                .toArray();
        double mean = Arrays.stream(drawn).average().orElseThrow();
        double deviation = exact.deviation()[i][0];
        assertEquals(mean, exact.mean()[i][0], 6 * deviation / Math.sqrt(n));
        double lower = exact.quantile(0, 0.25)[i];
        long below = Arrays.stream(drawn).filter(y -> y < lower).count();
        assertEquals(0.25 * n, (double) below, 6 * Math.sqrt(n * 0.25 * 0.75));
      }
    }
  }

  /** Other bases and several columns are predicted by samples: the quantiles of these. */
  @Test
  void otherwisePredictionsAreThoseOfSamples() {
    FlowRecipe tails = Recipe.MAF.withBase(new BaseConfig.StudentT(5));
    try (FlowModel model = FlowModel.fit(rows(300), options(tails).steps(5).build())) {
      Predictions.Options levels =
          Predictions.Options.standard().withLevels(0.5).withSamples(1_001).withSeed(3);
      Predictions predictions = model.predict(GIVEN, levels);
      assertFalse(predictions.exact());
      double[][] contexts =
          IntStream.range(0, 3 * 1_001).mapToObj(i -> GIVEN[i / 1_001]).toArray(double[][]::new);
      double[][] drawn = model.sample(3 * 1_001, Context.of(contexts), 3).rows();
      double[] last =
          Arrays.stream(drawn, 2 * 1_001, 3 * 1_001).mapToDouble(r -> r[0]).sorted().toArray();
      assertEquals(last[500], predictions.quantile(0, 0.5)[2]);
      assertArrayEquals(predictions.mean(), model.predict(GIVEN, levels).mean(), "the same seed");
    }
    try (FlowModel model =
        FlowModel.fit(rows(300), FitOptions.builder(Recipe.MAF).steps(5).build())) {
      Predictions all =
          model.predict(new double[1][0], Predictions.Options.standard().withSamples(50));
      assertEquals(1, all.rows());
      assertEquals(2, all.mean()[0].length);
    }
  }

  @Test
  void whatCannotBePredictedSaysWhy() {
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> Predictions.Options.standard().withLevels(0.5, 1),
        "level 1.0");
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> Predictions.Options.standard().withSamples(1),
        "1 samples");
    try (FlowModel model = FlowModel.fit(rows(50), options(Recipe.MAF).steps(1).build())) {
      Predictions predictions = model.predict(GIVEN, Predictions.Options.standard());
      assertFails(
          ErrorKey.INVALID_ARGUMENT, () -> predictions.quantile(0, 0.1), "0.1", "0.05, 0.25");
      assertFails(
          ErrorKey.SHAPE_MISMATCH,
          () -> model.predict(new double[1][2], Predictions.Options.standard()));
      assertFails(
          ErrorKey.SHAPE_MISMATCH,
          () ->
              model.predict(
                  Table.of(List.of("y"), new double[1][1]), Predictions.Options.standard()),
          "no column 'x'");
    }
  }

  @Test
  void oneColumnWithoutContextNamesWhoTakesIt() {
    assertFalse(Recipe.NICE.takes(1, 0));
    assertTrue(Recipe.NICE.takes(2, 0));
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> Recipe.REALNVP.spec(1, 0), "at least 2", "nsf-ar");
  }
}
