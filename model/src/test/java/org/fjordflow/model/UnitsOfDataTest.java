package org.fjordflow.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Data in any units: standardised in double precision, forwards and back. */
final class UnitsOfDataTest {

  private static final long SEED = 11;

  private static double[][] normal(int n, double mean, double deviation) {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] rows = new double[n][];
    for (int i = 0; i < n; i++) {
      rows[i] = new double[] {mean + deviation * random.nextGaussian(), random.nextGaussian()};
    }
    return rows;
  }

  private static double meanLogProb(FlowModel model, double[][] rows) {
    return Arrays.stream(model.logProb(rows)).average().orElseThrow();
  }

  /** Seconds since 1970, of which float32 knows two minutes. */
  @ParameterizedTest
  @EnumSource(
      value = Recipe.class,
      names = {"MAF", "FFJORD"})
  void timesKeepTheirDigitsInFloat32(Recipe recipe) {
    double[][] rows = normal(1_000, 1.7e9, 1);
    double[] scores = new double[2];
    for (int i = 0; i < 2; i++) {
      FlowRecipe used = recipe.withDtype(i == 0 ? "float32" : "float64");
      FitOptions options = FitOptions.builder(used).steps(60).seed(SEED).build();
      try (FlowModel model = FlowModel.fit(rows, options)) {
        scores[i] = meanLogProb(model, rows);
        double[][] samples = model.sample(500, 1).rows();
        long whole =
            Arrays.stream(samples).filter(row -> row[0] == Math.rint(row[0] / 128) * 128).count();
        assertTrue(whole < 5, whole + " samples are multiples of 128 s");
        // Of so many numbers in float32, two may be the same.
        long distinct = Arrays.stream(samples).mapToDouble(row -> row[0]).distinct().count();
        assertTrue(distinct >= 499, distinct + " different ones");
      }
    }
    assertEquals(scores[1], scores[0], 0.02, "seed " + SEED);
  }

  /** Beyond the range of float32, and below it. */
  @ParameterizedTest
  @MethodSource
  void unitsBeyondFloat32AreTrainedLikeOthers(Recipe recipe, double unit) {
    FitOptions options = FitOptions.builder(recipe).steps(40).seed(SEED).build();
    double[][] plain = normal(400, 3, 1);
    double[][] scaled = new double[plain.length][];
    Arrays.setAll(scaled, i -> new double[] {unit * plain[i][0], plain[i][1]});
    try (FlowModel usual = FlowModel.fit(plain, options);
        FlowModel model = FlowModel.fit(scaled, options)) {
      assertEquals(meanLogProb(usual, plain) - Math.log(unit), meanLogProb(model, scaled), 0.01);
      for (double[] row : model.sample(100, 1).rows()) {
        assertTrue(Math.abs(row[0] / unit - 3) < 20, Arrays.toString(row));
      }
    }
  }

  static Stream<Arguments> unitsBeyondFloat32AreTrainedLikeOthers() {
    return Stream.of(
        Arguments.of(Recipe.MAF, 1e44),
        Arguments.of(Recipe.MAF, 3e-40),
        Arguments.of(Recipe.FFJORD, 1e44),
        Arguments.of(Recipe.FFJORD, 3e-40));
  }

  /** Fill values such as netCDF's: the worst anomalies, which NaN would hide. */
  @ParameterizedTest
  @EnumSource(Recipe.class)
  void finiteRowsNeverScoreNan(Recipe recipe) {
    double[] values = {0, 1, 1e3, 1e6, 1e10, 1e20, 9.96921e36, 3e38, 1e39, 1e300, -1e300};
    for (String dtype : new String[] {"float32", "float64"}) {
      FitOptions options = FitOptions.builder(recipe.withDtype(dtype)).steps(20).seed(SEED).build();
      try (FlowModel model = FlowModel.fit(normal(300, 0, 1), options)) {
        double[][] rows = new double[2 * values.length][];
        for (int i = 0; i < values.length; i++) {
          rows[2 * i] = new double[] {values[i], 0};
          rows[2 * i + 1] = new double[] {values[i], values[i]};
        }
        double[] scores = model.logProb(rows);
        double[] alone = model.logProb(new double[][] {{0, 0}});
        assertEquals(alone[0], scores[0], 1e-3);
        for (int i = 0; i < scores.length; i++) {
          assertFalse(
              Double.isNaN(scores[i]) || scores[i] == Double.POSITIVE_INFINITY,
              dtype + " " + Arrays.toString(rows[i]) + ": " + scores[i]);
        }
        assertTrue(scores[scores.length - 1] < scores[0] - 100, "the worst has the least");
      }
    }
  }

  /** The same problem with its context in other units: the models are nearly the same. */
  @ParameterizedTest
  @EnumSource(
      value = Recipe.class,
      names = {"MAF", "NSF_AR", "REALNVP", "FFJORD"})
  void contextsMayBeInAnyUnits(Recipe recipe) {
    double[] first = null;
    for (double[] unit : new double[][] {{0, 1}, {0, 1e4}, {1_000, 1}, {0, 1e-6}, {1.7e9, 1e5}}) {
      SplittableRandom random = new SplittableRandom(SEED);
      double[][] rows = new double[500][];
      for (int i = 0; i < rows.length; i++) {
        double u = random.nextDouble(-1, 1);
        double s = 0.2 + 0.3 * u * u;
        rows[i] =
            new double[] {
              Math.sin(3 * u) + s * random.nextGaussian(),
              Math.sin(3 * u) + s * random.nextGaussian(),
              unit[0] + unit[1] * u
            };
      }
      Table table = Table.of(List.of("a", "b", "c"), rows);
      FitOptions options = FitOptions.builder(recipe).context("c").steps(40).seed(SEED).build();
      try (FlowModel model = FlowModel.fit(table, options)) {
        double[] scores = {
          Arrays.stream(model.logProb(table)).average().orElseThrow(),
          model.logProb(new double[][] {{0, 0}}, Context.shared(new double[] {unit[0]}))[0]
        };
        first = first == null ? scores : first;
        assertEquals(first[0], scores[0], 0.02, Arrays.toString(unit));
        assertEquals(first[1], scores[1], 0.05, Arrays.toString(unit));
      }
    }
  }

  @Test
  void aFlatColumnIsShiftedAndNotDivided() {
    double[][] rows = normal(200, 5, 0);
    FitOptions options = FitOptions.builder(Recipe.MAF).steps(5).seed(SEED).build();
    try (FlowModel model = FlowModel.fit(rows, options)) {
      for (double score : model.logProb(rows)) {
        assertTrue(Double.isFinite(score));
      }
    }
  }
}
