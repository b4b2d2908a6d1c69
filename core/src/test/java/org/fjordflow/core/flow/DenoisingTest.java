package org.fjordflow.core.flow;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tweedie's formula where the mean without noise is known in closed form. */
final class DenoisingTest {

  private static final double NOISE = 0.7;
  private static final double[] MEAN = {1, -2, 0.5};

  /** Of the rows without noise. */
  private static final double[] DEVIATION = {0.3, 1, 2};

  private final Backend backend = new CpuBackend(DType.FLOAT64);

  @AfterEach
  void close() {
    backend.close();
  }

  private static RandomGenerator random() {
    return new SplittableRandom(GradientCheck.defaultSeed());
  }

  /** The density of normal rows with normal noise. */
  private Flow noisy() {
    double[] deviation = new double[3];
    for (int j = 0; j < 3; j++) {
      deviation[j] = Math.hypot(DEVIATION[j], NOISE);
    }
    return new Flow(DiagonalNormal.standard(3), new Standardization(MEAN, deviation), backend);
  }

  @Test
  void theMeanOfANormalGivenItsNoisyValueIsExact() {
    Flow flow = noisy().withChunkRows(4);
    double[][] y = flow.sample(11, Context.none(), random());
    double[][] x = new Denoising(flow, NOISE).denoise(y, Context.none(), random());
    double[][] score = new Denoising(flow, NOISE).logProbGradient(y, Context.none(), random());
    for (int i = 0; i < y.length; i++) {
      for (int j = 0; j < 3; j++) {
        double variance = DEVIATION[j] * DEVIATION[j] + NOISE * NOISE;
        double kept = DEVIATION[j] * DEVIATION[j] / variance;
        assertEquals(MEAN[j] + kept * (y[i][j] - MEAN[j]), x[i][j], 1e-12);
        assertEquals(-(y[i][j] - MEAN[j]) / variance, score[i][j], 1e-12);
      }
    }
  }

  @Test
  void withoutNoiseRowsStay() {
    double[][] y = {{1, 2, 3}};
    double[][] x = new Denoising(noisy(), 0).denoise(y, Context.none(), random());
    assertEquals(2, x[0][1]);
    Denoising denoising = new Denoising(noisy(), 1);
    assertEquals(0, denoising.denoise(new double[0][], Context.none(), random()).length);
  }

  @Test
  void theContextCounts() {
    AffineFlow affine = new AffineFlow(backend, random());
    double[] x = {0.3, -0.8};
    double[] context = {0.9};
    Context shared = Context.shared(context);
    double[][] score =
        new Denoising(affine.flow, 1).logProbGradient(new double[][] {x}, shared, random());
    double h = 1e-4;
    for (int j = 0; j < 2; j++) {
      double[] ahead = x.clone();
      double[] behind = x.clone();
      ahead[j] += h;
      behind[j] -= h;
      double difference = affine.logProb(ahead, context[0]) - affine.logProb(behind, context[0]);
      assertEquals(difference / (2 * h), score[0][j], 1e-6);
    }
  }

  @Test
  void deviationsAreChecked() {
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new Denoising(noisy(), -1).deviation(), "-1");
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> new Denoising(noisy(), Double.NaN).deviation(), "NaN");
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> new Denoising(noisy(), 1).denoise(new double[1][2], Context.none(), random()));
  }
}
