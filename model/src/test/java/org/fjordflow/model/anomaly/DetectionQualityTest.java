package org.fjordflow.model.anomaly;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.junit.jupiter.api.Test;

/** Areas under curves by their definitions, ties included. */
final class DetectionQualityTest {

  @Test
  void aurocIsTheShareOfOrderedPairs() {
    SplittableRandom random = new SplittableRandom(5);
    double[] scores = random.ints(60, 0, 12).asDoubleStream().toArray();
    boolean[] anomalous = new boolean[60];
    for (int i = 0; i < 60; i++) {
      anomalous[i] = random.nextInt(3) == 0;
    }
    double pairs = 0;
    double ordered = 0;
    for (int i = 0; i < 60; i++) {
      for (int j = 0; j < 60; j++) {
        if (anomalous[i] && !anomalous[j]) {
          pairs++;
          ordered += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        }
      }
    }
    assertEquals(ordered / pairs, DetectionQuality.auroc(scores, anomalous), 1e-12);
  }

  /** The values of scikit-learn's documentation of average_precision_score and roc_auc_score. */
  @Test
  void valuesOfTheLiterature() {
    double[] scores = {0.1, 0.4, 0.35, 0.8};
    boolean[] anomalous = {false, false, true, true};
    assertEquals(0.75, DetectionQuality.auroc(scores, anomalous), 1e-12);
    assertEquals(5.0 / 6, DetectionQuality.averagePrecision(scores, anomalous), 1e-12);
  }

  @Test
  void equalScoresComeInTogether() {
    boolean[] anomalous = {true, false, false, true};
    assertEquals(0.5, DetectionQuality.averagePrecision(new double[4], anomalous), 1e-12);
    assertEquals(0.5, DetectionQuality.auroc(new double[4], anomalous), 1e-12);
    assertEquals(
        0.5, DetectionQuality.auroc(new double[] {-0.0, 0.0}, new boolean[] {true, false}));
    double[] scores = {2, 2, 1, 1};
    assertEquals(
        0.5 * 0.5 + 0.5 * 0.5, DetectionQuality.averagePrecision(scores, anomalous), 1e-12);
  }

  @Test
  void infiniteScoresAreOrderedAndNanIsNone() {
    double inf = Double.POSITIVE_INFINITY;
    boolean[] anomalous = {true, false, true};
    assertEquals(0.5, DetectionQuality.auroc(new double[] {inf, inf, inf}, anomalous), 0);
    assertEquals(1, DetectionQuality.auroc(new double[] {inf, 1, 2}, anomalous), 0);
    assertTrue(Double.isNaN(DetectionQuality.auroc(new double[] {Double.NaN, 1, 2}, anomalous)));
    assertTrue(Double.isNaN(DetectionQuality.auroc(new double[2], new boolean[2])));
    assertTrue(Double.isNaN(DetectionQuality.averagePrecision(new double[2], new boolean[2])));
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> DetectionQuality.auroc(new double[2], new boolean[3]),
        "3 labels for 2 rows");
  }

  @Test
  void theConfusionTableCounts() {
    DetectionQuality quality =
        DetectionQuality.of(
            new double[] {5, 4, 3, 2, 1},
            new boolean[] {true, true, true, false, false},
            new boolean[] {true, false, true, true, false});
    assertEquals(2, quality.found());
    assertEquals(1, quality.missed());
    assertEquals(1, quality.falseAlarms());
    assertEquals(1, quality.passed());
    assertEquals(2.0 / 3, quality.precision(), 1e-12);
    assertEquals(2.0 / 3, quality.recall(), 1e-12);
    assertEquals(0.5, quality.falseAlarmRate(), 1e-12);
  }
}
