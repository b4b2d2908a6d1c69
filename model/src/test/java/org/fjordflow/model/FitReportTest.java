package org.fjordflow.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.model.ModelFolder;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.TrainingResult.EndReason;
import org.fjordflow.core.train.internal.EarlyStopping;
import org.fjordflow.core.train.internal.ModelValues;
import org.fjordflow.core.train.internal.OptimizerState;
import org.fjordflow.core.train.internal.TrainingState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whether a training came to anything. */
final class FitReportTest {

  private static final TrainerConfig CONFIG =
      TrainerConfig.of(1_000, 4, 1).withValidation(10, 30).withTimeLimit(7);

  /** Few rows of many columns, which depend on one another through a few hidden ones. */
  static Table wideAndSmall() {
    SplittableRandom random = new SplittableRandom(3);
    double[][] loadings = new double[60][4];
    for (double[] row : loadings) {
      Arrays.setAll(row, k -> 0.8 * random.nextGaussian());
    }
    double[][] rows = new double[100][60];
    for (double[] row : rows) {
      double[] hidden = random.doubles(4, -1.7, 1.7).toArray();
      for (int j = 0; j < row.length; j++) {
        row[j] = 0.5 * random.nextGaussian();
        for (int k = 0; k < 4; k++) {
          row[j] += loadings[j][k] * hidden[k];
        }
      }
    }
    return Table.of(rows);
  }

  /** After 50 steps, where the interval's first validation is, all three are beyond repair. */
  @ParameterizedTest
  @EnumSource(
      value = Recipe.class,
      names = {"GLOW", "REALNVP", "NSF"})
  void wideSmallTablesEndNoWorseThanTheUntrainedModel(Recipe recipe) {
    FitOptions options = FitOptions.builder(recipe).steps(50).seed(1).build();
    try (FlowModel model = FlowModel.fit(wideAndSmall(), options)) {
      FitReport report = model.report().orElseThrow();
      double untrained = report.training().validations().get(0).loss();
      assertEquals(0, report.training().validations().get(0).step());
      assertTrue(report.heldOut() <= untrained, report.heldOut() + ", untrained " + untrained);
      assertTrue(report.training().bestStep() < 50, "step " + report.training().bestStep());
      assertFalse(report.isWorseThanIndependent(), report.toString());
      assertEquals(report.training().bestValidationLoss(), report.heldOut(), 1e-3);
    }
  }

  @Test
  void aReportIsSavedWithTheModel(@TempDir Path folder) {
    Table rows = FlowModelTest.moons(400, 5);
    FitOptions options = FitOptions.builder(Recipe.MAF).steps(60).seed(1).build();
    try (FlowModel model = FlowModel.fit(rows, options)) {
      FitReport report = model.report().orElseThrow();
      model.save(folder);
      var result = ModelFolder.describe(folder).path("result");
      assertEquals(report.heldOut(), result.path("validationNll").asDouble());
      assertEquals(report.train(), result.path("trainNll").asDouble());
      assertEquals(
          report.baselines().independent(), result.path("independentNormalsNll").asDouble());
      assertEquals(report.baselines().full(), result.path("fullNormalNll").asDouble());
    }
    try (FlowModel loaded = FlowModel.load(folder)) {
      assertTrue(loaded.report().isEmpty() && loaded.fitted().isEmpty());
    }
  }

  @Test
  void theTimeIsFiveMinutesUnlessStepsAreGiven() {
    assertEquals(Duration.ofMinutes(5), FitOptions.of(Recipe.NSF).timeBudget());
    assertNull(FitOptions.builder(Recipe.NSF).steps(10).build().timeBudget());
    assertNull(FitOptions.builder(Recipe.NSF).timeBudget(Duration.ZERO).build().timeBudget());
    Duration hour = Duration.ofHours(1);
    assertEquals(
        hour, FitOptions.builder(Recipe.NSF).timeBudget(hour).steps(5).build().timeBudget());
  }

  /** Four passes over a small table, a quarter of one over a large one. */
  @Test
  void validationsComeAsOftenAsTheRowsNeed() {
    for (int[] rowsAndInterval :
        new int[][] {{80, 10, 75}, {1_280, 20, 38}, {20_000, 50, 30}, {102_400, 100, 30}}) {
      TrainerConfig open = Recipe.NSF.openEndedTraining(rowsAndInterval[0], 5, 0, true, 300, 1);
      assertEquals(rowsAndInterval[1], open.validationInterval());
      assertEquals(300, open.timeLimit());
      assertEquals(rowsAndInterval[2], open.patience());
    }
    TrainerConfig without = Recipe.NSF.openEndedTraining(1_280, 5, 0, false, 300, 1);
    assertEquals(600, without.steps(), "nothing tells when to end");
    TrainerConfig counted = Recipe.NSF.tableTraining(1_280, 5, true, 1);
    assertEquals(50, counted.validationInterval());
    assertEquals(0, counted.timeLimit());
  }

  private static TrainingState state(long steps) {
    ModelValues none = new ModelValues(new double[0], new double[0]);
    OptimizerState start = OptimizerState.start(0);
    return new TrainingState(steps, none, start, 1, 0, EarlyStopping.start(), null, null);
  }

  private static FitReport report(
      EndReason reason, long steps, long best, double heldOut, double train, double full) {
    TrainingResult result =
        new TrainingResult(reason, best, 0, 0, 1, List.of(), List.of(), state(steps));
    return new FitReport(result, CONFIG, heldOut, 0.03, train, 0.01, new NormalBaselines(5, full));
  }

  @Test
  void whatIsMoreThanChance() {
    FitReport good = report(EndReason.TIME_OVER, 300, 285, 3, 2.95, 4);
    assertFalse(good.overfits() || good.isWorseThanNormal());
    assertTrue(good.wasImproving());
    assertFalse(report(EndReason.TIME_OVER, 300, 250, 3, 2.95, 4).wasImproving());
    assertFalse(report(EndReason.EARLY_STOPPED, 300, 285, 3, 2.95, 4).wasImproving());
    assertTrue(report(EndReason.TIME_OVER, 300, 250, 3, 2.5, 4).overfits());
    FitReport poor = report(EndReason.TIME_OVER, 300, 0, 4.5, 4.5, 4);
    assertTrue(poor.isWorseThanNormal() && !poor.isWorseThanIndependent());
    assertFalse(report(EndReason.TIME_OVER, 300, 0, 4.025, 4, 4).isWorseThanNormal(), "chance");
    FitReport singular = report(EndReason.TIME_OVER, 300, 0, 5.5, 5.5, Double.NaN);
    assertTrue(singular.isWorseThanNormal() && singular.isWorseThanIndependent());
    assertEquals("none", singular.summary("test").get("fullNormalNll"));
    assertEquals(5.5, singular.summary("test").get("testNll"));
  }

  @Test
  void affineFlowsOfOneColumnAreNormals() {
    String shapes = "ffjord, mlp, ot-flow, nsf-ar, planar, radial, sylvester";
    for (Recipe recipe : new Recipe[] {Recipe.MAF, Recipe.IAF, Recipe.TARFLOW}) {
      assertEquals(
          "with one column %s is a single normal; other shapes are learned by %s"
              .formatted(recipe.id(), shapes),
          recipe.remark(1, 0).orElseThrow());
      assertTrue(recipe.remark(1, 2).orElseThrow().contains("for each context; "));
      assertTrue(recipe.remark(2, 0).isEmpty());
    }
    for (String id : shapes.split(", ", -1)) {
      assertTrue(Recipe.of(id).remark(1, 0).isEmpty() && Recipe.of(id).takes(1, 0), id);
    }
  }
}
