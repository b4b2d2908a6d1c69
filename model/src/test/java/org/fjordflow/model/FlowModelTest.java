package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.TrainingResult.EndReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a user does with a model: fit, score, sample, save, load. */
final class FlowModelTest {

  private static final long SEED = 5;

  @TempDir Path folder;

  static Table moons(int n, long seed) {
    return Table.of(List.of("x", "y"), ToyDensity.MOONS.sample(n, new SplittableRandom(seed)));
  }

  private static FitOptions quick(FlowRecipe recipe) {
    return FitOptions.builder(recipe).steps(3).seed(SEED).threads(2).build();
  }

  @ParameterizedTest
  @EnumSource(Recipe.class)
  void everyRecipeFitsSavesLoadsAndScoresTheSameBits(Recipe recipe) {
    Table rows = moons(200, SEED);
    try (FlowModel model = FlowModel.fit(rows, quick(recipe))) {
      model.save(folder);
      try (FlowModel loaded = FlowModel.load(folder)) {
        assertEquals(model.config(), loaded.config());
        assertEquals(List.of("x", "y"), loaded.columns());
        assertArrayEquals(model.logProb(rows), loaded.logProb(rows));
        Table samples = model.sample(50, 7);
        assertEquals(List.of("x", "y"), samples.names());
        assertArrayEquals(samples.rows(), loaded.sample(50, 7).rows());
        assertNotEquals(samples.rows()[0][0], loaded.sample(50, 8).rows()[0][0]);
      }
    }
  }

  @Test
  void rowsFlatAndStreamedRowsHaveTheSameDensities() {
    Table rows = moons(300, SEED);
    try (FlowModel model = FlowModel.fit(rows, quick(Recipe.MAF)).withChunkRows(64)) {
      double[] expected = model.logProb(rows);
      assertArrayEquals(expected, model.logProb(rows.rows()));
      double[] flat = Arrays.stream(rows.rows()).flatMapToDouble(Arrays::stream).toArray();
      assertArrayEquals(expected, model.logProb(flat));
      assertArrayEquals(expected, model.logProb(Stream.of(rows.rows())).toArray());
      assertEquals(0, model.logProb(new double[0][]).length);
      Table swapped = rows.selectColumns(new int[] {1, 0});
      assertArrayEquals(expected, model.logProb(swapped), 0, "columns are found by name");
      assertFails(
          ErrorKey.SHAPE_MISMATCH, () -> model.logProb(new double[3]), "3 values", "2 columns");
      assertFails(
          ErrorKey.SHAPE_MISMATCH,
          () -> model.logProb(new double[][] {{1, 2}, {3}}),
          "row 2 has 1 values");
      assertFails(
          ErrorKey.NON_FINITE,
          () -> model.logProb(new double[][] {{1, 2}, {3, Double.NaN}}),
          "row 2, column 2 is NaN");
    }
  }

  @Test
  void roundTripsComeBackInTheDatasUnits() {
    double[][] far = moons(200, SEED).rows();
    for (double[] row : far) {
      row[0] = 1e6 + 1e3 * row[0];
    }
    try (FlowModel model = FlowModel.fit(far, quick(Recipe.MAF.withDtype("float64")))) {
      double[][] base = model.toBase(far, Context.none());
      double[][] back = model.fromBase(base, Context.none());
      for (int i = 0; i < far.length; i++) {
        assertArrayEquals(far[i], back[i], 1e-6);
      }
      // The flow in units is the same density, standardised in the network's type.
      double[] own = model.logProb(far);
      double[] inUnits = model.flow().logProb(far, Context.none(), new SplittableRandom(1));
      assertArrayEquals(own, inUnits, 1e-9);
      var drawn = model.sampleAndLogProb(20, Context.none(), 3);
      assertArrayEquals(model.logProb(drawn.rows()), drawn.logProb(), 1e-8);
    }
  }

  @Test
  void columnsOfATableAreConditionedOnByName() {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] rows = new double[600][];
    for (int i = 0; i < rows.length; i++) {
      double c = 300 + 10 * random.nextDouble(-1, 1);
      rows[i] = new double[] {c, (c - 300) / 5 + 0.1 * random.nextGaussian()};
    }
    Table table = Table.of(List.of("kelvin", "y"), rows);
    FitOptions options =
        FitOptions.builder(Recipe.MAF).context("kelvin").steps(400).seed(SEED).build();
    try (FlowModel model = FlowModel.fit(table, options)) {
      assertEquals(List.of("y"), model.columns());
      assertEquals(List.of("kelvin"), model.contextColumns());
      double mean = Arrays.stream(model.logProb(table)).average().orElseThrow();
      double truth = -Math.log(0.1) - 0.5 * Math.log(2 * Math.PI) - 0.5;
      assertEquals(truth, mean, 0.15);
      double[][] at = model.sample(500, Context.shared(new double[] {305}), 1).rows();
      assertEquals(1, Arrays.stream(at).mapToDouble(row -> row[0]).average().orElseThrow(), 0.05);
      model.save(folder);
      try (FlowModel loaded = FlowModel.load(folder)) {
        assertArrayEquals(model.logProb(table), loaded.logProb(table));
      }
      assertFails(ErrorKey.SHAPE_MISMATCH, () -> model.logProb(new double[][] {{1}}), "context");
    }
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> FlowModel.fit(table, FitOptions.builder(Recipe.MAF).context("z").build()),
        "no column 'z'",
        "kelvin");
  }

  @Test
  void trainingEndsWhenItsTimeIsOver() {
    FitOptions options =
        FitOptions.builder(Recipe.NSF)
            .steps(1_000_000)
            .validation(0)
            .timeBudget(Duration.ofMillis(1))
            .build();
    try (FlowModel model = FlowModel.fit(moons(100, SEED), options)) {
      var fitted = model.fitted().orElseThrow();
      assertEquals(EndReason.TIME_OVER, fitted.reason());
      assertTrue(fitted.steps() >= 1 && fitted.steps() < 1_000_000, fitted.steps() + " steps");
    }
  }

  @Test
  void fitsAreRepeatable() {
    Table rows = moons(150, SEED);
    try (FlowModel first = FlowModel.fit(rows, quick(Recipe.GLOW));
        FlowModel second = FlowModel.fit(rows, quick(Recipe.GLOW))) {
      assertArrayEquals(first.parameters().get(), second.parameters().get());
    }
  }

  @Test
  void whatIsNoTrainingIsRefused() {
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> FitOptions.builder(Recipe.NSF).validation(1).build(),
        "validation is 1.0");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> FlowModel.fit(moons(50, 1), FitOptions.builder(Recipe.NSF.spec(3, 0)).build()),
        "3 columns",
        "2");
    assertFails(
        ErrorKey.NON_FINITE,
        () -> FlowModel.fit(new double[][] {{1, Double.NaN}}, FitOptions.of(Recipe.NSF)),
        "row 1, column 'x2' is missing");
  }

  /** What data have yet to choose is still to be chosen when a model is loaded. */
  @Test
  void aModelThatAwaitsDataIsSavedAsSuch() {
    try (FlowModel model = FlowModel.create(Recipe.GLOW.spec(2, 0), SEED)) {
      assertTrue(!model.parameters().awaitingData().isEmpty());
      model.save(folder);
      try (FlowModel loaded = FlowModel.load(folder)) {
        assertEquals(model.parameters().awaitingData(), loaded.parameters().awaitingData());
      }
    }
  }

  @Test
  void messagesOfStreamsCountAllRows() {
    double[][] rows = moons(20, SEED).rows();
    rows[15] = new double[] {1, Double.NaN};
    try (FlowModel model = FlowModel.create(Recipe.MAF.spec(2, 0), SEED)) {
      FlowModel small = model.withChunkRows(4);
      assertFails(ErrorKey.NON_FINITE, () -> small.logProb(Stream.of(rows)).sum(), "row 16,");
      assertEquals(4, small.withSolve(solve -> solve).chunkRows());
      assertFails(ErrorKey.INVALID_ARGUMENT, () -> model.withChunkRows(0), "chunks of 0 rows");
      double[] one = model.withChunkRows(Integer.MAX_VALUE).logProb(Stream.of(rows[0])).toArray();
      assertArrayEquals(model.logProb(new double[][] {rows[0]}), one);
      assertEquals(0, model.logProb(Table.of(new double[0][])).length);
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> model.save(folder, Map.of("columns", List.of("a"))),
          "columns");
      assertFails(
          ErrorKey.INVALID_ARGUMENT, () -> model.save(folder, Map.of("format", 9)), "format");
    }
  }

  @Test
  void aContextOfOtherRowsIsRefusedWhereverRowsAre() {
    try (FlowModel model = FlowModel.create(Recipe.MAF.spec(2, 1), SEED)) {
      Context two = Context.of(new double[][] {{1}, {2}});
      assertFails(
          ErrorKey.SHAPE_MISMATCH,
          () -> model.logProb(new double[][] {{1, 2}, {1e300, 2}, {3, 4}}, two),
          "2 rows");
    }
  }
}
