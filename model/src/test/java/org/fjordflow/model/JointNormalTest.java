package org.fjordflow.model;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.flow.Context;
import org.hipparchus.linear.LUDecomposition;
import org.hipparchus.linear.MatrixUtils;
import org.hipparchus.linear.RealMatrix;
import org.junit.jupiter.api.Test;

/** A normal of all covariances against matrices. */
final class JointNormalTest {

  private static final long SEED = 5;
  private static final int ROWS = 500;

  private static double[][] rows(SplittableRandom random) {
    double[][] rows = new double[ROWS][3];
    for (double[] row : rows) {
      row[0] = 10 + 2 * random.nextGaussian();
      row[1] = 3 * row[0] + random.nextGaussian();
      row[2] = random.nextGaussian() - row[1] / 4;
    }
    return rows;
  }

  /** Half the squared Mahalanobis distance with the correlations drawn to none by a thousandth. */
  @Test
  void surpriseIsThatOfTheShrunkCovariance() {
    double[][] rows = rows(new SplittableRandom(SEED));
    double[] mean = new double[3];
    for (double[] row : rows) {
      Arrays.setAll(mean, j -> mean[j] + row[j] / ROWS);
    }
    double[][] covariance = new double[3][3];
    for (double[] row : rows) {
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
          covariance[i][j] += (row[i] - mean[i]) * (row[j] - mean[j]) / ROWS;
        }
      }
    }
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        covariance[i][j] *= i == j ? 1 : 0.999;
      }
    }
    RealMatrix precision =
        new LUDecomposition(MatrixUtils.createRealMatrix(covariance)).getSolver().getInverse();
    try (FlowModel model = FlowModel.create(Recipe.MAF.spec(3, 0), SEED)) {
      JointNormal normal = JointNormal.fit(model, rows, Context.none()).orElseThrow();
      double[] surprise = normal.surprise(rows, Context.none());
      double[][] parts = normal.parts(rows, Context.none());
      for (int i = 0; i < ROWS; i++) {
        double[] row = rows[i];
        double[] away = new double[3];
        Arrays.setAll(away, j -> row[j] - mean[j]);
        double expected =
            0.5
                * MatrixUtils.createRealVector(away)
                    .dotProduct(precision.operate(MatrixUtils.createRealVector(away)));
        assertEquals(expected, surprise[i], 1e-4 * (1 + expected), "a factor in float32");
        assertEquals(surprise[i], Arrays.stream(parts[i]).sum(), 1e-12 * (1 + expected));
      }
    }
  }

  /** Given the context, the data are a regression on it with normal residuals. */
  @Test
  void withAContextItIsARegression() {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] data = new double[ROWS][1];
    double[][] given = new double[ROWS][1];
    for (int i = 0; i < ROWS; i++) {
      given[i][0] = random.nextGaussian();
      data[i][0] = 2 * given[i][0] + 0.5 * random.nextGaussian();
    }
    try (FlowModel model = FlowModel.create(Recipe.MAF.spec(1, 1), SEED)) {
      JointNormal normal = JointNormal.fit(model, data, Context.of(given)).orElseThrow();
      double at = normal.surprise(new double[][] {{4}}, Context.shared(new double[] {2}))[0];
      double apart = normal.surprise(new double[][] {{0}}, Context.shared(new double[] {2}))[0];
      assertTrue(at < 0.1, "on the line: " + at);
      assertEquals(0.5 * 64, apart, 6, "eight deviations from it");
    }
  }

  @Test
  void columnsThatDependOnEachOtherAndConstantsHaveADensityToo() {
    SplittableRandom random = new SplittableRandom(SEED);
    double[][] rows = new double[4][6];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> j == 5 ? 7 : random.nextGaussian());
      row[1] = row[0];
    }
    try (FlowModel model = FlowModel.create(Recipe.MAF.spec(6, 0), SEED)) {
      JointNormal normal = JointNormal.fit(model, rows, Context.none()).orElseThrow();
      double[] own = normal.surprise(rows, Context.none());
      double[][] apart = {rows[0].clone()};
      apart[0][1] += 1;
      double broken = normal.surprise(apart, Context.none())[0];
      assertTrue(Arrays.stream(own).allMatch(Double::isFinite));
      assertTrue(broken > own[0] + 50, broken + " beside " + own[0]);
    }
  }

  @Test
  void whatWasSavedGivesTheSameBits() {
    double[][] rows = rows(new SplittableRandom(SEED));
    try (FlowModel model = FlowModel.create(Recipe.MAF.spec(3, 0), SEED);
        FlowModel other = FlowModel.create(Recipe.MAF.spec(2, 0), SEED)) {
      JointNormal normal = JointNormal.fit(model, rows, Context.none()).orElseThrow();
      JointNormal loaded = new JointNormal(model, normal.stored());
      assertArrayEquals(
          normal.surprise(rows, Context.none()), loaded.surprise(rows, Context.none()));
      assertFails(
          ErrorKey.SHAPE_MISMATCH, () -> new JointNormal(other, normal.stored()), "columns");
      JointNormal.Stored stored = normal.stored();
      assertFails(
          ErrorKey.INVALID_CONFIGURATION,
          () ->
              new JointNormal.Stored(
                  stored.columns(), stored.given(), stored.moments(), new byte[4]),
          "factor");
    }
  }
}
