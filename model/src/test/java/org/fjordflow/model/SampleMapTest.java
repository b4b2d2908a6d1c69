package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.train.Batch;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.model.TrainingObjective.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maps from one sample to another beside those that are known. */
final class SampleMapTest {

  private static final double[] FROM = {10, 0};
  private static final double[] FROM_SCALE = {2, 1};
  private static final double[] TO = {30, -5};
  private static final double[] TO_SCALE = {6, 0.5};

  private static Table normal(int n, double[] mean, double[] scale, List<String> names, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] rows = new double[n][2];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> mean[j] + scale[j] * random.nextGaussian());
    }
    return Table.of(names, rows);
  }

  private static final List<String> NAMES = List.of("x", "y");

  private static FitOptions options(Kind kind, int steps) {
    return FitOptions.builder(Recipe.MLP)
        .objective(TrainingObjective.of(kind))
        .steps(steps)
        .seed(3)
        .threads(2)
        .build();
  }

  /**
   * Of independent pairs of independent normals, a row keeps its quantile in every column: at time
   * t its deviation is the root of ((1 - t) s)^2 + (t s')^2.
   */
  private static double known(double x, int j, double t) {
    double mean = (1 - t) * FROM[j] + t * TO[j];
    double deviation = Math.hypot((1 - t) * FROM_SCALE[j], t * TO_SCALE[j]);
    return mean + deviation * (x - FROM[j]) / FROM_SCALE[j];
  }

  @Test
  void theMapBetweenNormalsIsTheKnownOneAtEveryTime(@TempDir Path folder) {
    Table source = normal(3_000, FROM, FROM_SCALE, NAMES, 1);
    // Columns are found by their names, and there are other numbers of rows.
    Table data = normal(2_000, TO, TO_SCALE, NAMES, 2);
    Table turned = source.selectColumns(new int[] {1, 0});
    try (FlowModel model = FlowModel.fit(turned, data, options(Kind.MATCHING, 1_500))) {
      double[][] rows = {{10, 0}, {13, 1}, {7, -1}, {9, 1.5}};
      for (double t : new double[] {0.25, 0.5, 1}) {
        double[][] carried = model.carry(rows, 0, t);
        for (int i = 0; i < rows.length; i++) {
          for (int j = 0; j < 2; j++) {
            double deviation = Math.hypot((1 - t) * FROM_SCALE[j], t * TO_SCALE[j]);
            assertEquals(known(rows[i][j], j, t), carried[i][j], 0.15 * deviation, "t = " + t);
          }
        }
        double[][] back = model.carry(carried, t, 0);
        for (int i = 0; i < rows.length; i++) {
          assertArrayEquals(rows[i], back[i], 0.05);
        }
        double[][] halfway = model.carry(model.carry(rows, 0, t / 2), t / 2, t);
        for (int i = 0; i < rows.length; i++) {
          assertArrayEquals(carried[i], halfway[i], 0.05);
        }
      }
      assertArrayEquals(rows[1], model.carry(rows, 0.3, 0.3)[1]);
      assertTrue(model.report().isPresent());
      model.save(folder);
      try (FlowModel loaded = FlowModel.load(folder)) {
        assertArrayEquals(model.carry(rows, 0, 1)[2], loaded.carry(rows, 0, 1)[2]);
      }
      hasNoDensity(model, rows);
    }
  }

  private static void hasNoDensity(FlowModel model, double[][] rows) {
    assertFails(ErrorKey.UNSUPPORTED, () -> model.logProb(rows), "density is unknown");
    assertFails(ErrorKey.UNSUPPORTED, () -> model.sample(3, 1), "carry");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> model.carry(rows, 0, 1.5), "1.5");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> model.carry(rows, Double.NaN, 1), "NaN");
    assertFails(
        ErrorKey.NON_FINITE, () -> model.carry(new double[][] {{1, Double.NaN}}, 0, 1), "row 1");
  }

  @Test
  void aSourceOfOneRowAndOneOfTwoThatRepeatAreCarried() {
    Table data = normal(500, TO, TO_SCALE, NAMES, 2);
    for (double[][] rows : List.of(new double[][] {{1, 2}}, new double[][] {{1, 2}, {1, 2}})) {
      Table source = Table.of(NAMES, rows);
      try (FlowModel model = FlowModel.fit(source, data, options(Kind.MATCHING, 20))) {
        assertEquals(1, model.carry(new double[][] {{1, 2}}, 0, 1).length);
      }
    }
  }

  /** The field is stiff at the data: (x1 - x) / (1 - t). */
  @Test
  void aPointIsReachedFromEverywhere() {
    Table source = normal(500, new double[] {0, 0}, new double[] {1, 1}, NAMES, 1);
    double[][] same = new double[200][];
    Arrays.setAll(same, i -> new double[] {3, 4});
    try (FlowModel model =
        FlowModel.fit(source, Table.of(NAMES, same), options(Kind.MATCHING, 600))) {
      for (double[] row : model.carry(Arrays.copyOf(source.rows(), 50), 0, 1)) {
        assertEquals(3, row[0], 0.25);
        assertEquals(4, row[1], 0.25);
      }
    }
  }

  /** Paths from two places to two others cross in the middle, where the field has to choose. */
  @Test
  void pathsThatCrossEndWhereTheDataAre() {
    SplittableRandom random = new SplittableRandom(4);
    double[][] left = new double[1_000][];
    double[][] up = new double[1_000][];
    for (int i = 0; i < left.length; i++) {
      int side = 2 * (i % 2) - 1;
      left[i] = new double[] {2 * side + 0.2 * random.nextGaussian(), 0.2 * random.nextGaussian()};
      up[i] = new double[] {0.2 * random.nextGaussian(), 2 * side + 0.2 * random.nextGaussian()};
    }
    try (FlowModel model =
        FlowModel.fit(Table.of(NAMES, left), Table.of(NAMES, up), options(Kind.MATCHING, 1_500))) {
      double[][] carried = model.carry(left, 0, 1);
      long above = Arrays.stream(carried).filter(row -> row[1] > 0).count();
      assertEquals(500.0, (double) above, 100);
      long near =
          Arrays.stream(carried)
              .filter(row -> Math.hypot(row[0], Math.abs(row[1]) - 2) < 0.8)
              .count();
      assertTrue(near > 900, near + " of 1,000 are near the data");
    }
  }

  /** Times in between are there for every flow of one block, whose base is at time 0. */
  @Test
  void anyFlowOfOneBlockCarriesRowsInTheDatasUnits() {
    Table data = normal(2_000, TO, TO_SCALE, NAMES, 2);
    try (FlowModel model = FlowModel.fit(data, options(Kind.MATCHING, 300))) {
      double[][] rows = {{30, -5}, {36, -5.5}};
      double[][] base = model.toBase(rows, Context.none());
      double[][] carried = model.carry(rows, 1, 0);
      var moments = Objects.requireNonNull(model.config().moments());
      assertArrayEquals(moments.restore(base)[1], carried[1], 1e-6);
      assertFails(
          ErrorKey.INVALID_CONFIGURATION,
          () ->
              model.matching(
                  TrainingObjective.of(Kind.MATCHING).matching(),
                  rows,
                  TrainerConfig.of(1, 4, 0),
                  BatchSource.shuffled(Batch.of(rows)),
                  null,
                  List.of()),
          "source");
    }
  }

  @Test
  void whatCannotBeMappedIsSaid() {
    Table source = normal(50, FROM, FROM_SCALE, NAMES, 1);
    Table data = normal(50, TO, TO_SCALE, List.of("x", "z"), 2);
    FitOptions matching = options(Kind.MATCHING, 5);
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> FlowModel.fit(source, data, matching), "z");
    Table same = normal(50, TO, TO_SCALE, NAMES, 2);
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> FlowModel.fit(source, same, options(Kind.LIKELIHOOD, 5)),
        "matching");
    FitOptions given =
        FitOptions.builder(Recipe.MLP)
            .objective(TrainingObjective.of(Kind.MATCHING))
            .context("y")
            .steps(5)
            .build();
    assertFails(ErrorKey.UNSUPPORTED, () -> FlowModel.fit(source, same, given), "context");
    Table none = Table.of(NAMES, new double[0][]);
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> FlowModel.fit(none, same, matching), "rows");
  }
}
