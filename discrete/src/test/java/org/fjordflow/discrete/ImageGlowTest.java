package org.fjordflow.discrete;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.data.Moments;
import org.fjordflow.core.flow.Bijection;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.flow.Pass;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.flow.internal.parts.MultiScale;
import org.fjordflow.core.flow.internal.parts.Permutation;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.train.BatchSource;
import org.fjordflow.core.train.Objectives;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.discrete.internal.layers.ImageCoupling;
import org.fjordflow.discrete.internal.parts.ActNorm;
import org.fjordflow.discrete.internal.parts.LuLinear;
import org.fjordflow.discrete.internal.parts.PerPixel;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Squeezing, splitting and training of image flows; the rest is in the contracts. */
final class ImageGlowTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final ImageShape SHAPE = new ImageShape(4, 4, 1);

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);
  private final RandomGenerator random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void squeezingPutsNeighboursIntoChannels() {
    // 1 2 3 4
    // 5 6 7 8
    Permutation squeeze = Permutation.squeeze(new ImageShape(2, 4, 1));
    assertArrayEquals(
        new double[] {1, 2, 5, 6, 3, 4, 7, 8}, image(squeeze, 1, 2, 3, 4, 5, 6, 7, 8));
    Permutation colours = Permutation.squeeze(new ImageShape(2, 2, 2));
    assertArrayEquals(
        new double[] {1, 2, 3, 4, 5, 6, 7, 8}, image(colours, 1, 2, 3, 4, 5, 6, 7, 8));
    assertEquals(new ImageShape(7, 7, 8), Permutation.squeezed(new ImageShape(14, 14, 2)));
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> Permutation.squeeze(new ImageShape(3, 2, 1)).dim(),
        "3 x 2");
  }

  private double[] image(Bijection bijection, double... row) {
    Tape tape = Tape.evaluating(backend);
    Pass pass = Pass.evaluation(tape, random);
    Transformed image = bijection.forward(pass, tape.constant(row, 1, row.length), null);
    return Elements.of(backend, image.value().value());
  }

  @Test
  void whatGoesOnComesFirst() {
    Bijection reverse = Permutation.reverse(2);
    assertArrayEquals(
        new double[] {1, 4, 2, 3, 5},
        image(MultiScale.of(5, new int[] {3, 0}, reverse), 1, 2, 3, 4, 5));
    ImageShape shape = new ImageShape(1, 2, 3);
    assertArrayEquals(
        new double[] {4, 1, 2, 3, 5, 6},
        image(MultiScale.channels(shape, 1, reverse), 1, 2, 3, 4, 5, 6));
    for (int[] wrong : new int[][] {{0}, {1, 1}, {0, 5}, {-1, 0}}) {
      assertFails(ErrorKey.INVALID_ARGUMENT, () -> MultiScale.of(5, wrong, reverse).dim());
    }
  }

  /** Kingma and Dhariwal 2018, table 1: h w times the sum of log |diagonal|. */
  @Test
  void logDetOfAConvolutionCountsEveryPixel() {
    LuLinear linear = LuLinear.create(parameters, "lu", 3);
    double[] values = random.doubles(parameters.size(), -0.5, 0.5).toArray();
    parameters.set(values);
    Tape tape = Tape.evaluating(backend);
    double[] x = random.doubles(2 * 20 * 3, -1, 1).toArray();
    Transformed image =
        new PerPixel(20, linear)
            .forward(Pass.evaluation(tape, random), tape.constant(x, 2, 60), null);
    double expected = 20 * (values[18] + values[19] + values[20]);
    Var logDet = Objects.requireNonNull(image.logDet()).value();
    assertArrayEquals(
        new double[] {expected, expected}, Elements.of(backend, logDet.value()), 1e-12);
  }

  @Test
  void initialisationReachesEveryLevel() {
    // Squeezed to 2 x 2 x 4, of which 2 channels are normalised once more.
    Flow flow =
        new Flow(
            DiagonalNormal.standard(16),
            new Composition(
                List.of(
                    Permutation.squeeze(SHAPE),
                    new PerPixel(4, ActNorm.create(parameters, "a", 4)),
                    MultiScale.channels(
                        new ImageShape(2, 2, 4),
                        2,
                        new PerPixel(
                            4,
                            new Composition(
                                List.of(
                                    LuLinear.create(parameters, "b", 2),
                                    ActNorm.create(parameters, "c", 2))))))),
            backend);
    parameters.set(random.doubles(parameters.size(), -0.5, 0.5).toArray());
    double[][] rows = new double[300][];
    Arrays.setAll(rows, i -> random.doubles(16, 2, 9).map(v -> v * v).toArray());
    flow.initialize(rows, Context.none(), random);
    double[][] z = flow.toBase(rows, Context.none(), random);
    double[][] channels = new double[rows.length * 4][4];
    for (int i = 0; i < channels.length; i++) {
      double[] row = z[i / 4];
      int pixel = i % 4;
      // Two channels of four pixels that went on, then two that were done.
      channels[i] =
          new double[] {row[2 * pixel], row[2 * pixel + 1], row[8 + 2 * pixel], row[9 + 2 * pixel]};
    }
    Moments moments = Moments.of(channels);
    assertArrayEquals(new double[4], moments.mean(), 1e-9);
    assertArrayEquals(new double[] {1, 1, 1, 1}, moments.standardDeviation(), 1e-9);
  }

  /** Images of a bright left or right half. */
  private static double[][] halves(int n, RandomGenerator random) {
    double[][] images = new double[n][16];
    for (double[] image : images) {
      boolean left = random.nextBoolean();
      for (int j = 0; j < image.length; j++) {
        boolean bright = j % 4 < 2 == left;
        image[j] = Math.floor((bright ? 12 : 0) + 4 * random.nextDouble());
      }
    }
    return Dequantization.onto(-0.5, 0.5).apply(images, random);
  }

  private static double train(Flow flow, Parameters of, int steps) {
    TrainerConfig config = TrainerConfig.of(steps, 64, SEED).withOptimizer(Adam.of(0.01));
    BatchSource batches = BatchSource.sampled(ImageGlowTest::halves);
    return new Trainer(config, of, Objectives.negativeLogLikelihood(flow), batches, List.of())
        .train()
        .finalLoss();
  }

  @Test
  void theLossFallsAndSamplesComeWithTheirDensity() {
    Flow flow = Flows.glow(SHAPE, 2, 2, 8).create(parameters, random);
    double[][] images = halves(200, random);
    flow.initialize(images, Context.none(), random);
    double before =
        -Arrays.stream(flow.logProb(images, Context.none(), random)).average().orElse(0);
    train(flow, parameters, 60);
    double after = -Arrays.stream(flow.logProb(images, Context.none(), random)).average().orElse(0);
    assertTrue(after < before - 3, before + " to " + after + ", seed " + SEED);
    Sample sample = flow.sampleAndLogProb(50, Context.none(), random);
    assertArrayEquals(flow.logProb(sample.rows(), Context.none(), random), sample.logProb(), 1e-7);
  }

  @Test
  void threadsChangeNoBit() {
    Flow flow = Flows.glow(SHAPE, 2, 1, 4).withContext(1).create(parameters, random);
    assertTrue(flow.bijection().isRowwise(), "in parts, on several threads");
    double[] one = trained(1);
    assertArrayEquals(one, trained(2));
    assertArrayEquals(one, trained(5));
  }

  private static double[] trained(int threads) {
    RandomGenerator random = new SplittableRandom(SEED);
    try (Backend b = new CpuBackend(DType.FLOAT32, threads)) {
      Parameters p = new Parameters(b);
      Flow flow = Flows.glow(SHAPE, 2, 1, 16).create(p, random);
      flow.initialize(halves(200, random), Context.none(), random);
      train(flow, p, 3);
      double[] scores = flow.logProb(halves(600, random), Context.none(), random);
      double[] all = Arrays.copyOf(p.get(), p.size() + scores.length);
      System.arraycopy(scores, 0, all, p.size(), scores.length);
      return all;
    }
  }

  @Test
  void aContextMovesTheDensity() {
    Flow flow = Flows.glow(SHAPE, 2, 1, 4).withContext(2).create(parameters, random);
    parameters.set(random.doubles(parameters.size(), -0.3, 0.3).toArray());
    double[][] images = halves(1, random);
    double a = flow.logProb(images, Context.shared(new double[] {1, 0}), random)[0];
    double b = flow.logProb(images, Context.shared(new double[] {0, 1}), random)[0];
    assertTrue(Math.abs(a - b) > 1e-6, a + " and " + b);
  }

  @Test
  void sizesAreChecked() {
    assertEquals(6, Flows.glow(SHAPE, 2, 3, 8).layers());
    assertEquals(16, Flows.glow(SHAPE, 2, 3, 8).dim());
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> Flows.glow(SHAPE, 3, 1, 8).dim(), "4 x 4 x 1");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.glow(SHAPE, 0, 1, 8).dim());
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.glow(SHAPE, 40, 1, 8).dim());
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.glow(SHAPE, 1, 0, 8).dim());
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> Flows.glow(SHAPE, 1, 1, 0).dim());
    assertFails(
        ErrorKey.INVALID_CONFIGURATION, () -> Flows.glow(SHAPE, 1, 1, 4).withContext(-1).dim());
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () ->
            ImageCoupling.create(
                    parameters, "c", SHAPE, 0, 2, Activation.TANH, ColumnTransform.affine(), random)
                .dim(),
        "2 channels");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new PerPixel(0, Permutation.reverse(2)).dim());
  }
}
