package org.fjordflow.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Pass.Failures;
import org.fjordflow.core.flow.Pass.Failures.Failure;
import org.fjordflow.core.testing.Kernels;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows that cannot be scored, and the others of the same call. */
final class UnscorableRowsTest {
  private static final int ROWS = 10_000;
  private static final int COLUMNS = 3;

  /** Of float32 sums, whose order depends on how many rows are multiplied at once. */
  private static final double ROUNDING = 1e-5;

  private static final double[] STRANGE = {
    1e39, -1e300, Double.NaN, Double.MAX_VALUE, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY
  };

  private static RandomGenerator random(long seed) {
    return new SplittableRandom(seed);
  }

  private static double[][] normal(int n, int columns, long seed) {
    RandomGenerator random = random(seed);
    double[][] rows = new double[n][columns];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> 3 + random.nextGaussian());
    }
    return rows;
  }

  private static FlowModel trained(FitOptions.Builder options, double[][] rows) {
    return FlowModel.fit(rows, options.steps(3).seed(5).build());
  }

  private static LogDensity score(
      FlowModel model, double[][] rows, Context context, Failures failures) {
    return model.score(rows, context, random(1), failures);
  }

  /** Rows of continuous flows change places when others are done with their steps. */
  private static double beside(Recipe recipe) {
    boolean moves = Set.of(Recipe.FFJORD, Recipe.MLP, Recipe.OT_FLOW).contains(recipe);
    // The trace of a potential sums second derivatives, whose last bits are larger.
    double most = recipe == Recipe.OT_FLOW ? 3 * ROUNDING : ROUNDING;
    return moves ? Kernels.rounding(most) : 0;
  }

  private static List<Integer> rowsOf(Failures failures) {
    return failures.list().stream().map(Failure::row).toList();
  }

  @ParameterizedTest
  @EnumSource(Recipe.class)
  void rowsBesideThemHaveTheBitsThatTheyHaveAlone(Recipe recipe) {
    double[][] rows = normal(ROWS, COLUMNS, 2);
    List<Integer> infinite = new ArrayList<>();
    List<Integer> far = new ArrayList<>();
    double[][] mixed = Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new);
    for (int i = 7; i < ROWS; i += 293) {
      double value = STRANGE[i % STRANGE.length];
      mixed[i][i % COLUMNS] = value;
      (Double.isFinite(value) ? far : infinite).add(i);
    }
    try (FlowModel model = trained(FitOptions.builder(recipe), Arrays.copyOf(rows, 200))) {
      double[] without = model.logProb(rows);
      Failures failures = new Failures();
      LogDensity scores = score(model, mixed, Context.none(), failures);
      assertEquals(infinite, rowsOf(failures), "seed 2");
      double[] expected = without.clone();
      infinite.forEach(i -> expected[i] = Double.NaN);
      far.forEach(i -> expected[i] = Double.NEGATIVE_INFINITY);
      assertArrayEquals(expected, scores.logProb(), beside(recipe));
      for (int i = 0; i < ROWS; i += 97) {
        if (!failures.contains(i)) {
          double alone = model.logProb(new double[][] {mixed[i]})[0];
          assertEquals(alone, scores.logProb()[i], Kernels.rounding(ROUNDING), "row " + i);
        }
      }
      Failures unmapped = new Failures();
      double[][] image = model.toBase(mixed, Context.none(), unmapped);
      assertTrue(rowsOf(unmapped).containsAll(infinite));
      double[][] images = model.toBase(rows, Context.none());
      for (int i = 0; i < ROWS; i++) {
        if (!infinite.contains(i) && !far.contains(i)) {
          assertArrayEquals(images[i], image[i], beside(recipe), "row " + i);
        }
      }
    }
  }

  @Test
  void aReasonNamesTheColumn() {
    double[][] rows = normal(200, 2, 3);
    try (FlowModel model = trained(FitOptions.builder(Recipe.MAF), rows)) {
      rows[4][1] = Double.NaN;
      Failures failures = new Failures();
      double[] scores = score(model, rows, Context.none(), failures).logProb();
      assertTrue(Double.isNaN(scores[4]));
      assertEquals(List.of(4), rowsOf(failures));
      assertTrue(failures.list().get(0).reason().startsWith("column 2 is NaN"));
    }
  }

  @Test
  void contextsThatTheModelCannotHaveLeaveTheOthersAlone() {
    double[][] rows = normal(300, 3, 4);
    try (FlowModel model = trained(FitOptions.builder(Recipe.NSF_AR).context("2", "3"), rows)) {
      double[][] data =
          Arrays.stream(rows).map(row -> new double[] {row[0]}).toArray(double[][]::new);
      double[][] given =
          Arrays.stream(rows).map(row -> new double[] {row[1], row[2]}).toArray(double[][]::new);
      double[] expected = model.logProb(data, Context.of(given));
      double[][] wrong = Arrays.stream(given).map(double[]::clone).toArray(double[][]::new);
      wrong[10][1] = Double.NaN;
      wrong[20][0] = Double.POSITIVE_INFINITY;
      Failures failures = new Failures();
      double[] scores = score(model, data, Context.of(wrong), failures).logProb();
      assertEquals(List.of(10, 20), rowsOf(failures));
      IntStream.of(10, 20).forEach(i -> expected[i] = Double.NaN);
      assertArrayEquals(expected, scores);
    }
  }

  @Test
  void predictionsOfRowsThatHaveNoneAreNan() {
    double[][] rows = normal(300, 2, 6);
    try (FlowModel model = trained(FitOptions.builder(Recipe.NSF_AR).context("2"), rows)) {
      Predictions.Options options = Predictions.Options.standard();
      Predictions all = model.predict(Table.of(rows), options);
      rows[7][1] = Double.NaN;
      Failures failures = new Failures();
      Predictions some = model.predict(Table.of(rows), options, failures);
      assertEquals(List.of(7), rowsOf(failures));
      assertTrue(Double.isNaN(some.mean()[7][0]));
      assertEquals(all.mean()[8][0], some.mean()[8][0]);
      assertArrayEquals(all.quantile()[299][0], some.quantile()[299][0]);
    }
  }
}
