package org.fjordflow.core.flow;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Its formula, in the units of the data, and what it refuses. */
final class StandardizationTest {

  private final double[] mean = {100, -0.5};
  private final double[] deviation = {20, 1e-3};

  @Test
  void aNormalSeenThroughItIsTheNormalOfThatMeanAndDeviation() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      RandomGenerator random = new SplittableRandom(1);
      Standardization standardization = new Standardization(mean, deviation);
      Flow flow = new Flow(DiagonalNormal.standard(2), standardization, backend);
      double[][] x = new DiagonalNormal(mean, deviation).sample(10, random);
      double[][] z = flow.toBase(x, Context.none(), random);
      double[] logProb = flow.logProb(x, Context.none(), random);
      for (int i = 0; i < x.length; i++) {
        double expected = -Math.log(2 * Math.PI) - Math.log(20 * 1e-3);
        for (int j = 0; j < 2; j++) {
          double u = (x[i][j] - mean[j]) / deviation[j];
          assertEquals(u, z[i][j], 1e-11);
          expected -= 0.5 * u * u;
        }
        assertEquals(expected, logProb[i], 1e-10);
        assertArrayEquals(x[i], flow.fromBase(z, Context.none(), random)[i], 1e-12);
      }
    }
  }

  @Test
  void arraysAreCopied() {
    Standardization standardization = new Standardization(mean, deviation);
    standardization.mean()[0] = 7;
    standardization.deviation()[0] = 7;
    double[] expected = mean.clone();
    mean[0] = 9;
    assertArrayEquals(expected, standardization.mean());
    assertArrayEquals(deviation, standardization.deviation());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void impossibleDeviationsAreRefused(double bad) {
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> new Standardization(mean, new double[] {1, bad}),
        "column 1");
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, Double.NEGATIVE_INFINITY})
  void impossibleMeansAreRefused(double bad) {
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> new Standardization(new double[] {bad, 0}, deviation),
        "column 0");
  }

  @Test
  void differentLengthsAreRefused() {
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> new Standardization(mean, new double[] {1}));
  }
}
