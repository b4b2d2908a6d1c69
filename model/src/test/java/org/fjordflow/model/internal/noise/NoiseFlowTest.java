package org.fjordflow.model.internal.noise;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.data.Dequantization;
import org.fjordflow.core.data.ImageShape;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.BijectionContract;
import org.fjordflow.model.images.ImageSpec;
import org.fjordflow.model.images.PixelScale;
import org.fjordflow.model.images.VariationalNoise;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Noise within levels: what it is at first, its density, and the bound that it makes. */
class NoiseFlowTest {

  private static final List<PixelScale> SCALES =
      List.of(PixelScale.of("logit:1e-6"), PixelScale.of("logit:0.05"), PixelScale.of("scaled"));

  private final CpuBackend backend = new CpuBackend(DType.FLOAT64);

  private NoiseFlow flow(ImageShape shape, int levels, PixelScale pixels, double learned) {
    ImageSpec spec =
        new ImageSpec(shape, levels, pixels, 0, null, List.of(), List.of())
            .withVariational(new VariationalNoise(3, 8));
    Parameters parameters = new Parameters(backend);
    NoiseFlow flow = Objects.requireNonNull(NoiseFlow.create(parameters, spec, new Random(3)));
    Random random = new Random(4);
    double[] values = parameters.get();
    Arrays.setAll(values, i -> values[i] + learned * random.nextGaussian());
    parameters.set(values);
    return flow;
  }

  @TestFactory
  Stream<DynamicTest> couplings() {
    return Stream.of(new ImageShape(1, 2, 1), new ImageShape(3, 2, 2))
        .flatMap(
            shape ->
                BijectionContract.of(
                        "coupling of noise, " + shape,
                        (parameters, random) ->
                            NoiseCoupling.create(parameters, "c", shape, true, 4, random))
                    .tests());
  }

  @Test
  void noiseIsUniformAtFirst() {
    Random random = new Random(1);
    for (PixelScale scale : SCALES) {
      for (int levels : new int[] {2, 17, 256}) {
        ImageShape shape = new ImageShape(3, 3, 2);
        NoiseFlow flow = flow(shape, levels, scale, 0);
        Dequantization pixels = new Dequantization(levels, scale.scale());
        double[] u = random.doubles(shape.size()).toArray();
        u[0] = 1e-9;
        u[1] = 1 - 1e-9;
        double[] image = random.ints(shape.size(), 0, levels).asDoubleStream().toArray();
        image[0] = 0;
        image[1] = levels - 1.0;
        double[] draws = Arrays.stream(u).map(v -> Math.log(v) - Math.log1p(-v)).toArray();
        NoiseFlow.Noisy noisy = flow.toLine(new double[][] {image}, new double[][] {draws});
        double slope = 0;
        for (int j = 0; j < u.length; j++) {
          double line = pixels.toLine(image[j], u[j]);
          assertEquals(line, noisy.rows()[0][j], 1e-9 * Math.max(1, Math.abs(line)));
          slope += pixels.logSlope(line);
        }
        assertEquals(slope, noisy.logDet()[0], 1e-6);
      }
    }
  }

  /** Logarithm of the density of noise, by the way from noise to draws. */
  private double[] logDensity(NoiseFlow flow, Dequantization pixels, double[] image, double[][] u) {
    int dim = image.length;
    double[][] logits = new double[u.length][dim];
    double[] seen = Arrays.stream(image).map(v -> 2 * v / (pixels.levels() - 1) - 1).toArray();
    for (int i = 0; i < u.length; i++) {
      for (int j = 0; j < dim; j++) {
        logits[i][j] = Math.log(u[i][j]) - Math.log1p(-u[i][j]);
      }
    }
    RandomGenerator unused = new Random(0);
    Flow maps = new Flow(DiagonalNormal.standard(dim), flow.couplings(), backend);
    double[][] draws = maps.toBase(logits, Context.shared(seen), unused);
    double[] logProb = maps.logProb(logits, Context.shared(seen), unused);
    for (int i = 0; i < u.length; i++) {
      for (int j = 0; j < dim; j++) {
        double z = draws[i][j];
        double normal = -0.5 * z * z - 0.5 * Math.log(2 * Math.PI);
        logProb[i] += logLogistic(z) - normal - logLogistic(logits[i][j]);
      }
    }
    return logProb;
  }

  private static double logLogistic(double x) {
    return -Math.abs(x) - 2 * Math.log1p(Math.exp(-Math.abs(x)));
  }

  @Test
  void itsDensityOfTheUnitCubeIntegratesToOne() {
    // Of the logits of the noise, since the density may grow without bound at the edges.
    int cells = 300;
    double end = 18;
    double[] u = new double[cells];
    double[] weights = new double[cells];
    for (int k = 0; k < cells; k++) {
      double logit = end * (2 * k + 1 - cells) / cells;
      u[k] = 1 / (1 + Math.exp(-logit));
      weights[k] = 2 * end / cells * Math.exp(logLogistic(logit));
    }
    double[][] grid = new double[cells * cells][];
    Arrays.setAll(grid, i -> new double[] {u[Math.floorDiv(i, cells)], u[i % cells]});
    Dequantization pixels = new Dequantization(8, PixelScale.scaled().scale());
    NoiseFlow flow = flow(new ImageShape(1, 2, 1), 8, PixelScale.scaled(), 0.3);
    for (double[] image : new double[][] {{0, 0}, {3, 6}, {7, 1}}) {
      double[] logDensity = logDensity(flow, pixels, image, grid);
      double sum = 0;
      for (int i = 0; i < grid.length; i++) {
        double weight = weights[Math.floorDiv(i, cells)] * weights[i % cells];
        sum += weight * Math.exp(logDensity[i]);
      }
      assertEquals(1, sum, 1e-4, Arrays.toString(image));
      assertTrue(
          Arrays.stream(logDensity).anyMatch(value -> Math.abs(value) > 0.2), "it is not uniform");
    }
  }

  @Test
  void whatIsAddedIsTheSlopeLessTheDensityOfTheNoise() {
    Random random = new Random(7);
    for (PixelScale scale : SCALES) {
      ImageShape shape = new ImageShape(2, 2, 1);
      Dequantization pixels = new Dequantization(17, scale.scale());
      NoiseFlow flow = flow(shape, 17, scale, 0.3);
      for (int n = 0; n < 5; n++) {
        double[] image = random.ints(4, 0, 17).asDoubleStream().toArray();
        double[] draws = new double[4];
        Arrays.setAll(draws, j -> NoiseFlow.logistic(random));
        NoiseFlow.Noisy noisy = flow.toLine(new double[][] {image}, new double[][] {draws});
        double[] line = noisy.rows()[0];
        double[] u = new double[4];
        double slope = 0;
        for (int j = 0; j < 4; j++) {
          u[j] = 17 * pixels.scale().undo(line[j]) - image[j];
          slope += pixels.logSlope(line[j]);
        }
        double density = logDensity(flow, pixels, image, new double[][] {u})[0];
        assertEquals(slope - density, noisy.logDet()[0], 1e-6);
        assertArrayEquals(image, pixels.undo(new double[][] {line})[0], "it stays in its level");
      }
    }
  }
}
