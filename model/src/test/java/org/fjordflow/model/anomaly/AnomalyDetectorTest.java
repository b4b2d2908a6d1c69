package org.fjordflow.model.anomaly;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Table;
import org.fjordflow.core.testing.Kernels;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.TrainingListener;
import org.fjordflow.model.FitOptions;
import org.fjordflow.model.FlowModel;
import org.fjordflow.model.Recipe;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Detectors of trained flows: false alarms, what is trained on, files. */
final class AnomalyDetectorTest {

  private static final long SEED = 8;

  @TempDir Path folder;

  private static FitOptions.Builder quick() {
    return FitOptions.builder(Recipe.MAF).steps(60).seed(SEED).threads(2);
  }

  private static DetectorOptions options() {
    return DetectorOptions.standard().withFit(quick().build());
  }

  /**
   * A flow that was trained once, calibrated by each of 100 splits of rows that it has not seen:
   * scores of the other half are distributed like those calibrated by.
   */
  @Test
  void pValuesOfFreshNormalsAreUniformOverSplits() {
    System.out.println("seed " + SEED);
    NormalRows rows = new NormalRows(5, 2, 0.5, SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    int splits = 100;
    try (FlowModel model = FlowModel.fit(rows.table(500, random), quick().build())) {
      double[] first = new double[splits];
      int rejected = 0;
      int alarms = 0;
      for (int split = 0; split < splits; split++) {
        double[] held = scores(model, rows.sample(199, random));
        double[] fresh = scores(model, rows.sample(200, random));
        Calibration calibration = Calibration.of(held);
        first[split] = calibration.pValue(fresh[0]) - random.nextDouble() / 200;
        rejected += KolmogorovSmirnov.pValue(held, fresh) < 0.05 ? 1 : 0;
        double[] some = Arrays.copyOf(fresh, 1);
        alarms += Alarm.rate(0.05).flags(calibration.pValues(some))[0] ? 1 : 0;
      }
      assertTrue(KolmogorovSmirnov.pValueOfUniform(first) > 0.01);
      assertTrue(rejected <= 5 + 3 * Math.sqrt(100 * 0.05 * 0.95), rejected + " of 100");
      assertTrue(alarms <= 5 + 3 * Math.sqrt(100 * 0.05 * 0.95), alarms + " of 100");
    }
  }

  private static double[] scores(FlowModel model, double[][] rows) {
    return Scoring.DENSITY.scores(model.logProb(rows), 0);
  }

  /**
   * Of fresh normal rows the wanted share is told. Its mean over calibrations has the wanted rate;
   * of one calibration with n rows it has a beta distribution with variance rate (1 - rate) / n.
   */
  @Test
  void falseAlarmsOfAFittedDetectorKeepToTheirRate() {
    System.out.println("seed " + SEED);
    NormalRows rows = new NormalRows(5, 2, 0.5, SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    double rate = 0.05;
    for (Scoring scoring : Scoring.values()) {
      DetectorOptions options = options().withScoring(scoring).withCalibration(0.5);
      try (AnomalyDetector detector = AnomalyDetector.fit(rows.table(2_000, random), options)) {
        int held = detector.calibration().size();
        assertEquals(1_000, held);
        int fresh = 4_000;
        int told = detector.detect(rows.table(fresh, random), Alarm.rate(rate)).count();
        double error = Math.sqrt(rate * (1 - rate) * (1.0 / held + 1.0 / fresh));
        assertEquals(rate, (double) told / fresh, 3 * error, scoring.id());
        double[][] far = rows.sample(100, random);
        for (double[] row : far) {
          Arrays.setAll(row, j -> 6 * row[j]);
        }
        int found = detector.detect(Table.of(far), Alarm.rate(rate)).count();
        assertTrue(found > 50, scoring.id() + " finds " + found);
      }
    }
  }

  /** Every row is there five times: no value is both calibrated by and trained on. */
  @Test
  void rowsThatRepeatEachOtherAreNotCalibratedByAndTrainedOn() {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] rows = new double[500][];
    for (int i = 0; i < 100; i++) {
      double[] row = {random.nextGaussian(), random.nextGaussian()};
      for (int k = 0; k < 5; k++) {
        rows[5 * i + k] = row;
      }
    }
    rows = withSomeAlone(rows, 600, random);
    try (AnomalyDetector detector =
        AnomalyDetector.fit(
            Table.of(rows), options().withCalibration(0.4).withFit(quick().steps(5).build()))) {
      double[] scores = detector.calibration().scores().clone();
      Arrays.sort(scores);
      List<Integer> counts = new ArrayList<>();
      for (int i = 0, from = 0; i < scores.length; i++) {
        // Equal rows have equal scores but for the rounding of float32 products.
        if (i + 1 == scores.length || scores[i + 1] - scores[i] > Kernels.rounding(1e-5)) {
          counts.add(i + 1 - from);
          from = i + 1;
        }
      }
      assertTrue(counts.contains(5), counts.toString());
      assertTrue(counts.stream().allMatch(c -> c == 1 || c == 5), counts.toString());
    }
  }

  private static double[][] withSomeAlone(double[][] rows, int n, SplittableRandom random) {
    double[][] all = Arrays.copyOf(rows, rows.length + n);
    for (int i = rows.length; i < all.length; i++) {
      all[i] = new double[] {random.nextGaussian(), random.nextGaussian()};
    }
    return all;
  }

  /** The flow is all but untrained; the normal knows that the second column follows the first. */
  @Test
  void aNormalFindsWhatTheFlowHasNotLearned() {
    SplittableRandom random = new SplittableRandom(SEED);
    DetectorOptions options =
        options().withFit(quick().steps(1).build()).withScoring(Scoring.EITHER);
    try (AnomalyDetector detector = AnomalyDetector.fit(Table.of(pairs(1_000, random)), options)) {
      assertEquals(Scoring.EITHER, detector.scoring());
      double[][] rows = pairs(100, random);
      for (double[] row : rows) {
        row[1] += 1;
      }
      Table apart = Table.of(rows);
      assertTrue(detector.detect(apart, Alarm.rate(0.02)).count() > 95);
      AnomalyDetector.Scores scores = detector.score(apart);
      for (int i = 0; i < rows.length; i++) {
        assertTrue(scores.score()[i] > -scores.logProb()[i]);
      }
      detector.save(folder);
      try (AnomalyDetector loaded = AnomalyDetector.load(folder)) {
        assertArrayEquals(scores.score(), loaded.score(apart).score());
        assertEquals(detector.because(apart), loaded.because(apart));
      }
    }
  }

  private static double[][] pairs(int n, SplittableRandom random) {
    double[][] rows = new double[n][2];
    for (double[] row : rows) {
      row[0] = random.nextGaussian();
      row[1] = row[0] + 0.1 * random.nextGaussian();
    }
    return rows;
  }

  @Test
  void aDetectorIsSavedAndLoadedWithItsModel() throws IOException {
    NormalRows rows = new NormalRows(4, 2, 0.5, SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    DetectorOptions options =
        options().withScoring(Scoring.TYPICALITY).withContamination(0.02).withCalibration(0.3);
    Table fresh = rows.table(100, random);
    try (AnomalyDetector detector = AnomalyDetector.fit(rows.table(600, random), options)) {
      detector.save(folder);
      try (AnomalyDetector loaded = AnomalyDetector.load(folder)) {
        Detection expected = detector.detect(fresh, Alarm.rate(0.1));
        Detection found = loaded.detect(fresh, Alarm.rate(0.1));
        assertArrayEquals(expected.score(), found.score());
        assertArrayEquals(expected.pValue(), found.pValue());
        assertArrayEquals(expected.anomaly(), found.anomaly());
        assertEquals(detector.because(fresh), loaded.because(fresh));
        assertEquals(Scoring.TYPICALITY, loaded.scoring());
        assertEquals(0.02, loaded.contamination());
      }
    }
    assertEquals(180 - 3, calibrationSize(), "three of 180 are left out");
    try (FlowModel other = FlowModel.fit(rows.table(300, random), quick().build())) {
      other.save(folder);
    }
    assertFails(
        ErrorKey.SHAPE_MISMATCH, () -> AnomalyDetector.load(folder), "another model", "calibrate");
    Files.writeString(folder.resolve("detector.json"), "{\"format\": 1, \"scores\": []}");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> AnomalyDetector.load(folder), "parameters");
    Files.writeString(folder.resolve("detector.json"), "{\"format\": 7}");
    assertFails(ErrorKey.UNSUPPORTED, () -> AnomalyDetector.load(folder), "up to 2");
    Files.delete(folder.resolve("detector.json"));
    assertFails(ErrorKey.FILE_MISSING, () -> AnomalyDetector.load(folder), "not calibrated");
  }

  private int calibrationSize() {
    try (AnomalyDetector loaded = AnomalyDetector.load(folder)) {
      return loaded.calibration().size();
    }
  }

  @Test
  void aTrainedModelIsCalibratedByRowsItHasNotSeen() {
    NormalRows rows = new NormalRows(4, 2, 0.5, SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    FlowModel model = FlowModel.fit(rows.table(400, random), quick().build());
    Table held = rows.table(250, random);
    try (AnomalyDetector detector = AnomalyDetector.of(model, held, DetectorOptions.standard())) {
      double[] expected = scores(model, held.rows());
      Arrays.sort(expected);
      assertArrayEquals(expected, detector.calibration().scores());
      model.save(folder);
      detector.saveCalibration(folder);
      assertEquals(250, calibrationSize());
    }
  }

  /** A twentieth of the rows lies in a clump that a flow learns as well as any other. */
  @Test
  void anomaliesAmongTheRowsHeldOutAreNotCalibratedBy() {
    System.out.println("seed " + SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    NormalRows normal = new NormalRows(5, 2, 0.5, SEED);
    double[][] rows = normal.sample(2_000, random);
    for (int i = 0; i < 100; i++) {
      anomaly(rows[20 * i], random);
    }
    double[][] fresh = normal.sample(600, random);
    boolean[] anomalous = new boolean[600];
    for (int i = 0; i < 100; i++) {
      anomaly(fresh[i], random);
      anomalous[i] = true;
    }
    FitOptions fit = quick().steps(150).build();
    DetectionQuality without = quality(rows, fresh, anomalous, fit, 0);
    DetectionQuality with = quality(rows, fresh, anomalous, fit, 0.05);
    System.out.println(without + "\n" + with);
    assertTrue(without.recall() < 0.5, without.toString());
    assertTrue(with.recall() > 0.75, with.toString());
    assertEquals(without.auroc(), with.auroc(), "scores are the same");
    assertTrue(with.falseAlarmRate() < 0.03, with.toString());
  }

  private static void anomaly(double[] row, SplittableRandom random) {
    Arrays.setAll(row, j -> 4 + random.nextGaussian());
  }

  private static DetectionQuality quality(
      double[][] rows,
      double[][] fresh,
      boolean[] anomalous,
      FitOptions fit,
      double contamination) {
    DetectorOptions options =
        DetectorOptions.standard()
            .withFit(fit)
            .withCalibration(0.25)
            .withContamination(contamination);
    try (AnomalyDetector detector = AnomalyDetector.fit(Table.of(rows), options)) {
      Detection found = detector.detect(Table.of(fresh), Alarm.rate(0.01));
      return DetectionQuality.of(found.score(), found.anomaly(), anomalous);
    }
  }

  /**
   * Numbers with few values are numbers: one that normal rows do not have is not infinitely far.
   */
  @Test
  void numbersOfTablesWithNamesAreReal() {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] rows = new double[400][];
    Arrays.setAll(rows, i -> new double[] {random.nextGaussian(), i % 3, i < 399 ? 0 : 1});
    Table table = Table.of(List.of("size", "level", "constant"), rows);
    try (AnomalyDetector detector = AnomalyDetector.fit(table, options())) {
      assertNull(detector.model().config().table());
      double[][] fresh = {{0, 1, 0}, {0, 1.5, 0}, {0, 7, 0}};
      double[] score = detector.score(Table.of(fresh)).score();
      assertTrue(Double.isFinite(score[2]) && score[2] > score[0], Arrays.toString(score));
    }
  }

  @Test
  void theStandardTrainingIsThatOfItsRecipe() {
    long[] steps = {0};
    TrainingListener told =
        new TrainingListener() {
          @Override
          public void started(TrainerConfig config, long step) {
            steps[0] = config.steps();
          }
        };
    FitOptions fit = DetectorOptions.standardFit().build();
    assertEquals(DetectionRecipe.STANDARD.steps(), fit.steps());
    DetectionRecipe decayed = new DetectionRecipe(Recipe.MAF, 3, "scott", 0.1, 0.2);
    NormalRows rows = new NormalRows(3, 1, 0.5, SEED);
    FitOptions other = decayed.fit().listeners(told).build();
    assertEquals("scott", other.noise());
    try (FlowModel model = FlowModel.fit(rows.table(200, new SplittableRandom(SEED)), other)) {
      assertEquals(3, steps[0]);
      assertTrue(model.config().toString().contains("dropout=0.2"), model.config().toString());
      assertTrue(model.report().orElseThrow().config().toString().contains("weightDecay=0.1"));
    }
  }

  @Test
  void optionsAreChecked() {
    DetectorOptions standard = DetectorOptions.standard();
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> standard.withCalibration(1), "calibration is 1.0");
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> standard.withContamination(0.5),
        "contamination is 0.5",
        "below 0.5");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> Scoring.of("loud"), "density, typicality");
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> AnomalyDetector.fit(Table.of(new double[][] {{1}}), options()),
        "1 rows");
  }
}
