package org.fjordflow.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.model.BaseConfig;
import org.fjordflow.core.testing.Kernels;
import org.fjordflow.model.Predictions.Categories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A category given other columns: p(category | x). */
final class CategoryPredictionsTest {
  private static final long SEED = 5;
  private static final List<String> LABELS = List.of("high", "low", "middle");
  private static final double[][] GIVEN = {{-1.5}, {0}, {1.2}};

  /** A softmax of 0, -2 x and 0.5. */
  private static double[] truth(double x) {
    double[] odds = {1, Math.exp(-2 * x), Math.exp(0.5)};
    double sum = Arrays.stream(odds).sum();
    return Arrays.stream(odds).map(value -> value / sum).toArray();
  }

  /** Columns x, kind, and y = kind + e. */
  private static Table rows(int n) {
    RandomGenerator random = new SplittableRandom(SEED);
    double[][] rows = new double[n][];
    for (int i = 0; i < n; i++) {
      double x = random.nextGaussian();
      double[] p = truth(x);
      double u = random.nextDouble();
      double kind = u < p[0] ? 0 : u < p[0] + p[1] ? 1 : 2;
      rows[i] = new double[] {x, kind, kind + 0.3 * random.nextGaussian()};
    }
    List<Table.Type> types =
        List.of(Table.Type.NUMBER, new Table.Type.Labels(LABELS), Table.Type.NUMBER);
    return Table.of(List.of("x", "kind", "y"), types, rows);
  }

  private static FitOptions.Builder options(FlowRecipe recipe, String... target) {
    TableOptions columns =
        TableOptions.standard().withTarget(List.of(target)).withGiven(List.of("x"));
    return FitOptions.builder(recipe).columns(columns).seed(SEED).threads(1);
  }

  /** Together they are one, near what scores say of each, and the shares of many samples. */
  @ParameterizedTest
  @EnumSource(
      value = Recipe.class,
      names = {"NSF", "NSF_AR", "MAF", "FFJORD", "RADIAL"})
  void probabilitiesAreThoseOfScoresAndOfSamples(Recipe recipe) {
    try (FlowModel model = FlowModel.fit(rows(300), options(recipe, "kind").steps(20).build())) {
      Predictions predictions = model.predict(GIVEN, Predictions.Options.standard());
      assertTrue(predictions.exact());
      Categories kinds = predictions.categories(0).orElseThrow();
      assertEquals(LABELS, kinds.values());
      int n = 20_000;
      for (int i = 0; i < GIVEN.length; i++) {
        double[] p = kinds.probability()[i];
        assertEquals(1, Arrays.stream(p).sum(), 1e-12);
        double[] drawn = new double[p.length];
        for (double[] row : model.sample(n, Context.shared(GIVEN[i]), SEED).rows()) {
          drawn[(int) row[0]] += 1.0 / n;
        }
        for (int k = 0; k < p.length; k++) {
          double score = model.logProb(new double[][] {{k}}, Context.shared(GIVEN[i]))[0];
          assertEquals(p[k], Math.exp(score), 0.03, recipe.id()); // a sum over 16 points
          assertEquals(p[k], drawn[k], 1e-4 + 6 * Math.sqrt(p[k] * (1 - p[k]) / n), recipe.id());
        }
        assertTrue(Double.isNaN(predictions.mean()[i][0]), "text has no mean");
        assertTrue(Double.isNaN(predictions.quantile(0, 0.5)[i]), "text has no median");
      }
    }
  }

  @Test
  void aTrainedFlowHasTheProbabilitiesOfTheData() {
    try (FlowModel model = FlowModel.fit(rows(3_000), options(Recipe.NSF, "kind").build())) {
      Predictions predictions =
          model.predict(Table.of(List.of("x"), GIVEN), Predictions.Options.standard());
      Categories kinds = predictions.categories(0).orElseThrow();
      for (int i = 0; i < GIVEN.length; i++) {
        assertArrayEquals(truth(GIVEN[i][0]), kinds.probability()[i], 0.06);
      }
      assertArrayEquals(new int[] {1, 2, 2}, kinds.modes());
      assertArrayEquals(
          new int[] {2, 1},
          predictions.select(new int[] {2, 0}).categories(0).orElseThrow().modes());
    }
  }

  /** Of several targets they are the shares of the samples that quantiles are taken from. */
  @Test
  void amongSeveralTargetsSharesAreThoseOfSamples() {
    FitOptions options = options(Recipe.NSF, "kind", "y").steps(60).build();
    try (FlowModel model = FlowModel.fit(rows(500), options)) {
      Predictions predictions =
          model.predict(GIVEN, Predictions.Options.standard().withSamples(400).withSeed(3));
      assertFalse(predictions.exact());
      assertTrue(predictions.categories(1).isEmpty());
      Categories kinds = predictions.categories(0).orElseThrow();
      for (double[] p : kinds.probability()) {
        assertEquals(1, Arrays.stream(p).sum(), 1e-12);
        for (double share : p) {
          assertEquals(Math.rint(share * 400), share * 400, 1e-9);
        }
      }
      assertTrue(Double.isNaN(predictions.mean()[0][0]));
      assertTrue(Double.isFinite(predictions.mean()[0][1]));
    }
  }

  /** From another base the values are scored; their integrals are sums over points. */
  @Test
  void otherBasesAreScored() {
    FlowRecipe recipe = Recipe.NSF.withBase(new BaseConfig.StudentT(4));
    try (FlowModel model = FlowModel.fit(rows(300), options(recipe, "kind").steps(20).build())) {
      Predictions predictions = model.predict(GIVEN, Predictions.Options.standard());
      double[][] p = predictions.categories(0).orElseThrow().probability();
      int n = 20_000;
      for (int i = 0; i < GIVEN.length; i++) {
        double[][] drawn = model.sample(n, Context.shared(GIVEN[i]), SEED).rows();
        for (int k = 0; k < LABELS.size(); k++) {
          int value = k;
          double share = Arrays.stream(drawn).filter(row -> row[0] == value).count() / (double) n;
          assertEquals(share, p[i][k], 0.02);
        }
      }
    }
  }

  /** Answers that are numbers have a mean too. */
  @Test
  void anAnswerOfNumbersHasBoth() {
    Table all = rows(400);
    double[][] cells =
        Arrays.stream(all.rows())
            .map(row -> new double[] {row[0], row[1] == 1 ? 1 : 0})
            .toArray(double[][]::new);
    Table table = Table.of(List.of("x", "low"), cells);
    try (FlowModel model = FlowModel.fit(table, options(Recipe.NSF, "low").steps(40).build())) {
      Predictions predictions = model.predict(GIVEN, Predictions.Options.standard());
      Categories low = predictions.categories(0).orElseThrow();
      assertEquals(List.of("0", "1"), low.values());
      for (int i = 0; i < GIVEN.length; i++) {
        // The mean is an integral over equally spaced points, the values' ends between them.
        assertEquals(low.probability()[i][1], predictions.mean()[i][0], 0.03);
      }
    }
  }

  @Test
  void aRowThatCannotBePredictedHasNoProbabilities() {
    try (FlowModel model = FlowModel.fit(rows(200), options(Recipe.NSF, "kind").steps(2).build())) {
      double[][] given = {{0.3}, {Double.NaN}, {-0.2}};
      Failures failures = new Failures();
      Predictions predictions =
          model.predict(Table.of(List.of("x"), given), Predictions.Options.standard(), failures);
      assertEquals(1, failures.list().get(0).row());
      Categories kinds = predictions.categories(0).orElseThrow();
      assertEquals(-1, kinds.modes()[1]);
      assertTrue(Arrays.stream(kinds.probability()[1]).allMatch(Double::isNaN));
      Predictions alone =
          model.predict(new double[][] {{0.3}, {-0.2}}, Predictions.Options.standard());
      double[][] expected = alone.categories(0).orElseThrow().probability();
      assertArrayEquals(expected[0], kinds.probability()[0], Kernels.rounding(1e-6));
      assertArrayEquals(expected[1], kinds.probability()[2], Kernels.rounding(1e-6));
    }
  }
}
