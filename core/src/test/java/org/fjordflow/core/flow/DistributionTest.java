package org.fjordflow.core.flow;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.core.testing.Statistics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Densities, their gradients and their samples. */
final class DistributionTest {

  private static final long SEED = GradientCheck.defaultSeed();

  private final Backend backend = new CpuBackend(DType.FLOAT64);

  @AfterEach
  void close() {
    backend.close();
  }

  /** Distributions with their means and covariances. */
  static Stream<Arguments> distributions() {
    DiagonalNormal left = new DiagonalNormal(new double[] {-1, 0.5}, new double[] {0.4, 0.7});
    DiagonalNormal right = new DiagonalNormal(new double[] {1.5, -0.5}, new double[] {0.8, 0.3});
    // Weights 1/4 and 3/4: mean 0.25 left + 0.75 right; covariance within plus between components.
    double between = 0.25 * 0.75;
    return Stream.of(
        of("standard normal, 1-D", DiagonalNormal.standard(1), new double[1], new double[][] {{1}}),
        of(
            "standard normal, 2-D",
            DiagonalNormal.standard(2),
            new double[2],
            new double[][] {{1, 0}, {0, 1}}),
        of(
            "diagonal normal",
            right,
            new double[] {1.5, -0.5},
            new double[][] {{0.64, 0}, {0, 0.09}}),
        of(
            "uniform, 1-D",
            new Uniform(new double[] {-2}, new double[] {1}),
            new double[] {-0.5},
            new double[][] {{9.0 / 12}}),
        of(
            "uniform, 2-D",
            new Uniform(new double[] {-2, 0}, new double[] {1, 0.5}),
            new double[] {-0.5, 0.25},
            new double[][] {{9.0 / 12, 0}, {0, 0.25 / 12}}),
        of(
            "mixture, 1-D",
            new NormalMixture(
                new double[] {0.5, 0.5},
                List.of(
                    new DiagonalNormal(new double[] {-1}, new double[] {0.5}),
                    new DiagonalNormal(new double[] {2}, new double[] {1}))),
            new double[] {0.5},
            new double[][] {{0.5 * (0.25 + 1) + 0.25 * 9}}),
        of(
            "mixture, 2-D",
            new NormalMixture(new double[] {1, 3}, List.of(left, right)),
            new double[] {0.875, -0.25},
            new double[][] {
              {0.25 * 0.16 + 0.75 * 0.64 + between * 6.25, between * 2.5 * -1},
              {between * 2.5 * -1, 0.25 * 0.49 + 0.75 * 0.09 + between}
            }));
  }

  private static Arguments of(
      String name, Distribution distribution, double[] mean, double[][] covariance) {
    return Arguments.of(name, distribution, mean, covariance);
  }

  private double[] logProb(Distribution distribution, double[]... rows) {
    Tape tape = Tape.evaluating(backend);
    double[] flat = Stream.of(rows).flatMapToDouble(Arrays::stream).toArray();
    Var x = tape.constant(flat, rows.length, distribution.dim());
    double[] result = new double[rows.length];
    backend.download(distribution.logProb(tape, x).value(), result, 0);
    return result;
  }

  /** The middle rule on (-8, 8); exact on the boxes, whose sides are whole numbers of cells. */
  private double integral(Distribution distribution, DoubleUnaryOperator ofLogProb) {
    double cell = 1.0 / 16;
    int cells = 256;
    int dim = distribution.dim();
    double[][] grid = new double[dim == 1 ? cells : cells * cells][dim];
    for (int i = 0; i < grid.length; i++) {
      grid[i][0] = -8 + (i % cells + 0.5) * cell;
      grid[i][dim - 1] = -8 + ((dim == 1 ? i : i / cells) + 0.5) * cell;
    }
    double mean = Arrays.stream(logProb(distribution, grid)).map(ofLogProb).sum();
    return mean * Math.pow(cell, dim);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("distributions")
  void densityIntegratesToOne(String name, Distribution distribution) {
    assertEquals(1, integral(distribution, Math::exp), 1e-9, name);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("distributions")
  void samplesHaveTheMomentsOfTheDistribution(
      String name, Distribution distribution, double[] mean, double[][] covariance) {
    double[][] rows = distribution.sample(40_000, new SplittableRandom(SEED));
    Statistics.assertMoments(rows, mean, covariance, name + ", seed " + SEED);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("distributions")
  void samplesFollowTheDensity(String name, Distribution distribution) {
    // The mean of log p over samples is the negative entropy.
    double expected =
        integral(distribution, logProb -> logProb < -700 ? 0 : Math.exp(logProb) * logProb);
    double[] logProb =
        logProb(distribution, distribution.sample(20_000, new SplittableRandom(SEED)));
    double[][] rows =
        Arrays.stream(logProb).mapToObj(p -> new double[] {p}).toArray(double[][]::new);
    Statistics.assertMean(rows, row -> row[0], expected, name + ", log p, seed " + SEED);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("distributions")
  void sameSeedSameSamples(String name, Distribution distribution) {
    double[][] first = distribution.sample(20, new SplittableRandom(SEED));
    double[][] second = distribution.sample(20, new SplittableRandom(SEED));
    for (int i = 0; i < 20; i++) {
      assertArrayEquals(first[i], second[i], name);
    }
    assertEquals(0, distribution.sample(0, new SplittableRandom(SEED)).length);
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> distribution.sample(-1, new SplittableRandom(SEED)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("distributions")
  void gradientAgreesWithFiniteDifferences(String name, Distribution distribution) {
    GradientCheck check = new GradientCheck(backend, SEED, name);
    check.input(check.uniform(5, distribution.dim(), 0.05, 0.45));
    check.assertGradients(1e-8, (tape, x) -> distribution.logProb(tape, x.get(0)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("distributions")
  void rowsOfAnotherLengthAreRefused(String name, Distribution distribution) {
    double[] row = new double[distribution.dim() + 1];
    Tape tape = Tape.evaluating(backend);
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> distribution.logProb(tape, tape.constant(row, 1, row.length)));
    assertEquals(0, logProb(distribution).length, name);
  }

  @Test
  void normalDensityIsItsFormula() {
    DiagonalNormal normal = new DiagonalNormal(new double[] {1, -2}, new double[] {0.5, 3});
    double[] x = {1.7, 0.4};
    double expected = -Math.log(2 * Math.PI) - Math.log(0.5 * 3) - 0.5 * (1.4 * 1.4 + 0.8 * 0.8);
    assertEquals(expected, logProb(normal, x)[0], 1e-14);
    assertEquals(
        -1.5 * Math.log(2 * Math.PI) - 0.5 * (1 + 4 + 9),
        logProb(DiagonalNormal.standard(3), new double[] {1, -2, 3})[0],
        1e-14);
  }

  @Test
  void uniformIsNothingOutsideItsBoxAndNotANumberForOne() {
    Uniform uniform = new Uniform(new double[] {0, -1}, new double[] {2, 1});
    double[] logProb =
        logProb(
            uniform,
            new double[] {0, -1},
            new double[] {2, 1},
            new double[] {2.001, 0},
            new double[] {1, -1.001},
            new double[] {Double.POSITIVE_INFINITY, 0},
            new double[] {Double.NaN, 0},
            new double[] {5, Double.NaN});
    double nowhere = Double.NEGATIVE_INFINITY;
    double inside = -Math.log(4);
    assertArrayEquals(
        new double[] {inside, inside, nowhere, nowhere, nowhere, Double.NaN, Double.NaN},
        logProb,
        1e-15);
  }

  @Test
  void mixtureStaysFiniteFarFromItsComponents() {
    NormalMixture mixture =
        new NormalMixture(
            new double[] {2, 2}, List.of(DiagonalNormal.standard(1), DiagonalNormal.standard(1)));
    assertEquals(
        -0.5 * 1e12 - 0.5 * Math.log(2 * Math.PI), logProb(mixture, new double[] {1e6})[0]);
    assertArrayEquals(new double[] {0.5, 0.5}, mixture.weights());
  }

  @Test
  void singlePrecisionAgrees() {
    try (Backend single = new CpuBackend(DType.FLOAT32)) {
      distributions()
          .forEach(
              arguments -> {
                Distribution distribution = (Distribution) arguments.get()[1];
                Tape tape = Tape.evaluating(single);
                double[] row = new double[distribution.dim()];
                Arrays.fill(row, 0.25);
                Matrix p = distribution.logProb(tape, tape.constant(row, 1, row.length)).value();
                double[] got = new double[1];
                single.download(p, got, 0);
                assertEquals(logProb(distribution, row)[0], got[0], 2e-6);
              });
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
  void impossibleArgumentsAreRefused(double bad) {
    DiagonalNormal line = DiagonalNormal.standard(1);
    invalid(() -> new DiagonalNormal(new double[] {0, 0}, new double[] {1, bad}));
    invalid(() -> new Uniform(new double[] {0, 0}, new double[] {1, bad}));
    invalid(() -> new NormalMixture(new double[] {1, bad}, List.of(line, line)));
    invalid(() -> new NormalMixture(new double[0], List.of()));
    invalid(() -> new Uniform(new double[] {Double.NEGATIVE_INFINITY}, new double[] {1}));
  }

  private static void invalid(Supplier<Distribution> distribution) {
    assertFails(ErrorKey.INVALID_ARGUMENT, distribution::get);
  }

  @Test
  void differentSizesAreRefused() {
    DiagonalNormal line = DiagonalNormal.standard(1);
    mismatch(() -> new DiagonalNormal(new double[1], new double[] {1, 1}));
    mismatch(() -> new Uniform(new double[1], new double[] {1, 1}));
    mismatch(() -> new NormalMixture(new double[] {1}, List.of(line, line)));
    mismatch(
        () -> new NormalMixture(new double[] {1, 1}, List.of(line, DiagonalNormal.standard(2))));
  }

  private static void mismatch(Supplier<Distribution> distribution) {
    assertFails(ErrorKey.SHAPE_MISMATCH, distribution::get);
  }
}
