package org.fjordflow.model.anomaly;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.flow.Context;
import org.fjordflow.discrete.Flows;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The column that makes a row untypical is found, and parts of scores add up. */
final class BecauseTest {

  private static final long SEED = 11;
  private static final int COLUMNS = 20;
  private static final int ROWS = 200;

  @Test
  void theColumnThatWasMadeUntypicalComesFirst() {
    System.out.println("seed " + SEED);
    NormalRows rows = new NormalRows(COLUMNS, 4, 0.5, SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    FitOptions fit = DetectorOptions.standardFit(Recipe.MAF).steps(400).seed(SEED).build();
    try (AnomalyDetector detector =
        AnomalyDetector.fit(rows.table(4_000, random), DetectorOptions.standard().withFit(fit))) {
      double[][] changed = rows.sample(ROWS, random);
      for (int i = 0; i < ROWS; i++) {
        changed[i][i % COLUMNS] += random.nextBoolean() ? 5 : -5;
      }
      Table table = Table.of(changed);
      Detection found = detector.detect(table, Alarm.rate(0.01));
      assertTrue(found.count() > ROWS / 2, found.toString());
      List<List<Reason>> reasons = detector.because(table);
      int first = 0;
      for (int i = 0; i < ROWS; i++) {
        first += reasons.get(i).get(0).index() == i % COLUMNS ? 1 : 0;
        assertEquals(COLUMNS, reasons.get(i).size());
      }
      assertTrue(first >= 0.95 * ROWS, first + " of " + ROWS);
    }
  }

  /** With independent normals, a cell gains half the square of its z-score. */
  @Test
  void theGainIsHalfTheSquareOfTheConditionalScore() {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] rows = new double[2_000][3];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> 2 * random.nextGaussian() + 10 * j);
    }
    Moments moments = Moments.of(rows);
    FlowSpec identity = FlowSpec.of(Flows.maf(3, 1, 4)).withDtype("float64");
    FlowModel model = FlowModel.create(identity.withMoments(moments, null), SEED);
    model.parameters().set(new double[model.parameters().size()]);
    try (AnomalyDetector detector =
        AnomalyDetector.of(model, Table.of(rows), DetectorOptions.standard())) {
      double[][] mean = {moments.mean().clone()};
      mean[0][1] += 6 * moments.standardDeviation()[1];
      Reason first = detector.because(Table.of(mean)).get(0).get(0);
      assertEquals(1, first.index());
      assertEquals("x2", first.column());
      assertEquals(18, first.gain(), 0.01, first.toString());
    }
  }

  @ParameterizedTest
  @CsvSource({"false, either", "false, density", "true, either", "true, density"})
  void partsOfAnAutoregressiveFlowAddUpToTheScore(boolean spline, String scoring) {
    NormalRows rows = new NormalRows(6, 2, 0.5, SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    ColumnTransform transform = spline ? ColumnTransform.spline(8, 5) : ColumnTransform.affine(1);
    FlowSpec spec =
        FlowSpec.of(Flows.maf(6, 1, 16).withTransform(transform), Flows.maf(6, 1, 8))
            .withDtype("float64");
    FitOptions fit = FitOptions.builder(spec).steps(60).seed(SEED).build();
    DetectorOptions options =
        DetectorOptions.standard().withFit(fit).withScoring(Scoring.of(scoring));
    try (AnomalyDetector detector = AnomalyDetector.fit(rows.table(1_000, random), options)) {
      Table fresh = rows.table(50, random);
      double[] score = detector.score(fresh).score();
      double[][] parts = detector.parts(fresh);
      for (int i = 0; i < score.length; i++) {
        assertEquals(score[i], Arrays.stream(parts[i]).sum(), 1e-6);
      }
      if (detector.scoring() == Scoring.DENSITY) {
        requireConditional(detector.model(), fresh.rows(), parts);
      }
    }
  }

  /** A part does not depend on the columns behind it, and is a density of its own. */
  private static void requireConditional(FlowModel model, double[][] rows, double[][] parts) {
    double[][] changed = Arrays.stream(rows).map(double[]::clone).toArray(double[][]::new);
    for (double[] row : changed) {
      row[4] += 1;
    }
    double[][] others = model.conditionalLogProb(changed, Context.none());
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < 4; j++) {
        assertEquals(-parts[i][j], others[i][j], 1e-9);
      }
    }
    double sum = 0;
    double step = 0.01;
    double[][] line = new double[2_001][];
    for (int k = 0; k < line.length; k++) {
      line[k] = rows[0].clone();
      line[k][2] = (k - 1_000) * step;
    }
    for (double[] logProbs : model.conditionalLogProb(line, Context.none())) {
      sum += Math.exp(logProbs[2]) * step;
    }
    assertEquals(1, sum, 1e-3);
  }

  @Test
  void flowsThatAreNoSumsOverColumnsSaySo() {
    try (FlowModel two = FlowModel.create(FlowSpec.of(Flows.maf(3, 2, 4)), SEED);
        FlowModel coupling = FlowModel.create(Recipe.NSF.spec(3, 0), SEED)) {
      for (FlowModel model : List.of(two, coupling)) {
        assertFails(
            ErrorKey.UNSUPPORTED,
            () -> model.conditionalLogProb(new double[1][3], Context.none()),
            "no sum over columns",
            "flow.layers=1");
      }
    }
  }

  @Test
  void aTextThatNobodyHasSeenIsTheReason() {
    SplittableRandom random = new SplittableRandom(SEED);
    Table normal = texts(random, 600, "red", "blue");
    FitOptions fit = DetectorOptions.standardFit(Recipe.MAF).steps(30).seed(SEED).build();
    try (AnomalyDetector detector =
        AnomalyDetector.fit(normal, DetectorOptions.standard().withFit(fit))) {
      Table fresh = texts(random, 2, "green", "red");
      AnomalyDetector.Scores scores = detector.score(fresh);
      int green = (int) fresh.rows()[0][1] == 0 ? 0 : 1;
      assertEquals(Double.NEGATIVE_INFINITY, scores.logProb()[green]);
      assertTrue(Double.isFinite(scores.score()[green]));
      Reason first = detector.because(fresh).get(green).get(0);
      assertEquals("colour", first.column());
      assertEquals("green", first.value());
      assertTrue(List.of("red", "blue").contains(first.likely()), first.toString());
      assertTrue(first.gain() >= Math.log(121), first.toString());
    }
  }

  private static Table texts(SplittableRandom random, int n, String... labels) {
    double[][] rows = new double[n][];
    Arrays.setAll(rows, i -> new double[] {random.nextGaussian(), i % labels.length});
    return Table.of(
        List.of("size", "colour"),
        List.of(Table.Type.NUMBER, new Table.Type.Labels(List.of(labels))),
        rows);
  }
}
