package org.fjordflow.model.anomaly;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.junit.jupiter.api.Test;

/** P-values, thresholds and false discoveries, with scores whose distribution is known. */
final class ConformalTest {

  private static final long SEED = 3;

  @Test
  void aPValueCountsTheScoresThatAreAtLeastAsHigh() {
    Calibration calibration = Calibration.of(new double[] {5, 1, 3, 3});
    assertEquals(1.0 / 5, calibration.pValue(6), 0);
    assertEquals(2.0 / 5, calibration.pValue(5), 0, "a tie counts as higher");
    assertEquals(4.0 / 5, calibration.pValue(3), 0);
    assertEquals(4.0 / 5, calibration.pValue(2), 0);
    assertEquals(1, calibration.pValue(0), 0);
    assertEquals(1.0 / 5, calibration.pValue(Double.POSITIVE_INFINITY), 0);
    assertEquals(Double.NaN, calibration.pValue(Double.NaN));
    assertArrayEquals(new double[] {1, 3, 3, 5}, calibration.scores());
  }

  /** A score is above the threshold of a rate exactly where its p-value is at most the rate. */
  @Test
  void thresholdsAndPValuesAgree() {
    SplittableRandom random = new SplittableRandom(SEED);
    double[] scores = random.doubles(99).map(u -> Math.rint(20 * u)).toArray();
    Calibration calibration = Calibration.of(scores);
    for (int k = 1; k <= 100; k++) {
      double rate = k / 100.0;
      for (double score = -1; score <= 21; score += 0.5) {
        boolean above = score > calibration.threshold(rate);
        assertEquals(calibration.pValue(score) <= rate + 1e-12, above, rate + " " + score);
      }
    }
    assertEquals(Double.POSITIVE_INFINITY, calibration.threshold(0.009));
  }

  @Test
  void aRateThatSoFewRowsCannotReachSaysHowManyItTakes() {
    Calibration calibration = Calibration.of(new double[80]);
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> calibration.requireReachable(0.01),
        "at least 99",
        "there are 80",
        "at least 0.0124");
    calibration.requireReachable(0.0124);
    Calibration.of(new double[99]).requireReachable(0.01);
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> Alarm.rate(0), "rate of 0.0");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> Alarm.fdr(1), "false discovery rate of 1.0");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> Calibration.of(new double[0]), "no rows");
    assertFails(ErrorKey.NON_FINITE, () -> Calibration.of(new double[] {1, Double.NaN}), "score 2");
  }

  /** Of each calibration one fresh row: a hundred independent p-values. */
  @Test
  void pValuesOfFreshRowsAreUniform() {
    System.out.println("seed " + SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    double[] pValues = new double[1_000];
    for (int i = 0; i < pValues.length; i++) {
      pValues[i] =
          Calibration.of(gaussians(199, random)).pValue(random.nextGaussian())
              - random.nextDouble() / 200; // to be continuous
    }
    assertTrue(KolmogorovSmirnov.pValueOfUniform(pValues) > 0.01);
  }

  /** Ties make them larger, never smaller. */
  @Test
  void pValuesOfTiedScoresAreValid() {
    SplittableRandom random = new SplittableRandom(SEED);
    int runs = 20_000;
    int[] atMost = new int[10];
    for (int run = 0; run < runs; run++) {
      double[] tied = random.ints(19, 0, 4).asDoubleStream().toArray();
      double p = Calibration.of(tied).pValue(random.nextInt(4));
      for (int k = 0; k < atMost.length; k++) {
        atMost[k] += p <= 0.1 * k ? 1 : 0;
      }
    }
    for (int k = 0; k < atMost.length; k++) {
      double t = 0.1 * k;
      assertTrue(atMost[k] <= runs * t + 3 * Math.sqrt(runs * t * (1 - t)), k + ": " + atMost[k]);
    }
  }

  @Test
  void benjaminiAndHochbergTellTheRowsOfTheirProcedure() {
    double[] p = {0.9, 0.01, 0.03, 0.5, 0.029};
    // Bounds 0.02, 0.04, 0.06, 0.08, 0.1 for the sorted 0.01, 0.029, 0.03, 0.5, 0.9.
    assertArrayEquals(new boolean[] {false, true, true, false, true}, Alarm.fdr(0.1).flags(p));
    assertArrayEquals(new boolean[5], Alarm.fdr(0.01).flags(p));
    assertArrayEquals(new boolean[] {false, true, true, false, true}, Alarm.rate(0.03).flags(p));
  }

  /** 200 files, of whose 300 rows a tenth are anomalies; each with a calibration of its own. */
  @Test
  void falseDiscoveriesKeepToTheirRate() {
    System.out.println("seed " + SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    int files = 200;
    int rows = 300;
    int anomalies = 30;
    double[] shares = new double[files];
    double power = 0;
    for (int file = 0; file < files; file++) {
      Calibration calibration = Calibration.of(gaussians(500, random));
      double[] scores = gaussians(rows, random);
      for (int i = 0; i < anomalies; i++) {
        scores[i] += 3.5;
      }
      boolean[] told =
          Detection.of(new double[rows], scores, calibration, Alarm.fdr(0.1)).anomaly();
      int all = 0;
      int wrong = 0;
      for (int i = 0; i < rows; i++) {
        all += told[i] ? 1 : 0;
        wrong += told[i] && i >= anomalies ? 1 : 0;
      }
      shares[file] = all == 0 ? 0 : (double) wrong / all;
      power += (double) (all - wrong) / anomalies / files;
    }
    double mean = Arrays.stream(shares).average().orElseThrow();
    double square = Arrays.stream(shares).map(s -> (s - mean) * (s - mean)).sum();
    double error = Math.sqrt(square / (files - 1) / files);
    System.out.println("false discoveries " + mean + " +- " + error + ", power " + power);
    assertTrue(mean <= 0.1 + 2 * error, mean + " +- " + error);
    assertTrue(mean >= 0.09 - 3 * error, "normal rows are 0.9 of all: " + mean);
    assertTrue(power > 0.6, "power " + power);
  }

  @Test
  void ranksAreSharedByEqualScores() {
    Calibration calibration = Calibration.of(new double[] {0, 1});
    double[] scores = {1, 3, 3, 0};
    Detection found = Detection.of(new double[4], scores, calibration, Alarm.rate(0.4));
    assertArrayEquals(new int[] {3, 1, 1, 4}, found.ranks());
    assertArrayEquals(new int[] {1, 2, 0, 3}, found.order());
    assertEquals(1, found.threshold());
    assertArrayEquals(new int[] {1, 2}, found.flagged());
    assertFalse(found.anomaly()[0]);
  }

  @Test
  void rowsWithoutAScoreAreNoRowsOfTheFile() {
    Calibration calibration = Calibration.of(gaussians(99, new SplittableRandom(SEED)));
    double[] scores = {Double.NaN, 9, Double.NaN, 0, 8};
    Detection found = Detection.of(scores, scores, calibration, Alarm.fdr(0.05));
    assertArrayEquals(new int[] {1, 4}, found.flagged());
    assertArrayEquals(new int[] {4, 1, 5, 3, 2}, found.ranks());
  }

  private static double[] gaussians(int n, SplittableRandom random) {
    double[] values = new double[n];
    Arrays.setAll(values, i -> random.nextGaussian());
    return values;
  }
}
