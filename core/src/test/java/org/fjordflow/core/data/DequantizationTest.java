package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.data.Dequantization.Linear;
import org.fjordflow.core.data.Dequantization.Logit;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Noise, scales, and bits per dimension against closed forms. */
final class DequantizationTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private final RandomGenerator random = new SplittableRandom(SEED);

  static Stream<Dequantization> all() {
    return Stream.of(
        Dequantization.logit(),
        Dequantization.onto(-0.5, 0.5),
        Dequantization.onto(-1, 1),
        new Dequantization(5, new Linear(0, 1)),
        new Dequantization(2, new Logit(0.05)));
  }

  private double[][] draw(int levels, int rows, int cols) {
    double[][] values = new double[rows][];
    Arrays.setAll(values, i -> random.doubles(cols, 0, levels).map(Math::floor).toArray());
    return values;
  }

  @ParameterizedTest
  @MethodSource("all")
  void valuesComeBack(Dequantization d) {
    double[][] values = draw(d.levels(), 200, 7);
    assertTrue(Arrays.deepEquals(values, d.undo(d.apply(values, random))), "seed " + SEED);
  }

  @ParameterizedTest
  @MethodSource("all")
  void whatLiesBeyondBecomesTheNearestValue(Dequantization d) {
    double[][] values = d.undo(new double[][] {{-1e6, 1e6}});
    assertArrayEquals(new double[] {0, d.levels() - 1}, values[0]);
  }

  /** If all values are equally likely, so is every place of the unit interval. */
  @ParameterizedTest
  @MethodSource("all")
  void uniformValuesTakeTheLogarithmOfTheLevels(Dequantization d) {
    double[][] rows = d.apply(draw(d.levels(), 20, 3), random);
    double[] logProb = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      // The density of y = scale(u) where u is uniform: one over the slope.
      logProb[i] = -Arrays.stream(rows[i]).map(d.scale()::logSlope).sum();
    }
    double expected = Math.log(d.levels()) / Math.log(2);
    for (double bits : d.bitsPerDimension(logProb, rows)) {
      assertEquals(expected, bits, 1e-12);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void scalesAreInvertedAndTheirSlopesAreTheirDerivatives(Dequantization d) {
    for (double u : new double[] {0.001, 0.2, 0.5, 0.77, 0.999}) {
      double h = 1e-6;
      double y = d.scale().apply(u);
      double slope = (d.scale().apply(u + h) - d.scale().apply(u - h)) / (2 * h);
      assertEquals(u, d.scale().undo(y), 1e-12);
      assertEquals(Math.log(slope), d.scale().logSlope(y), 1e-5, "at " + u);
    }
  }

  /** The densities that bits stand for, integrate over all values to what lies in their range. */
  @ParameterizedTest
  @MethodSource("all")
  void densitiesOfValuesIntegrateToOne(Dequantization d) {
    // A flow's density on its whole range: uniform on the interval, or logistic.
    DoubleUnaryOperator logDensity =
        d.scale() instanceof Linear linear
            ? y -> -Math.log(linear.upper() - linear.lower())
            : y -> -y - 2 * Math.log1p(Math.exp(-y));
    double mass = d.scale() instanceof Logit logit ? 1 - 2 * logit.alpha() : 1;
    int n = 100_000;
    double sum = 0;
    for (int i = 0; i < n; i++) {
      double y = d.scale().apply((i + 0.5) / n);
      double bits = d.bitsPerDimension(logDensity.applyAsDouble(y), new double[] {y});
      sum += Math.pow(2, -bits) * d.levels() / n;
    }
    assertEquals(mass, sum, 1e-6);
  }

  /** Papamakarios et al. 2017, bits per pixel in logit space, with a standard normal. */
  @Test
  void agreesWithTheFormulaOfMaf() {
    double alpha = 1e-6;
    double[] y = Dequantization.logit().apply(draw(256, 1, 6), random)[0];
    double logProb = 0;
    double sum = 0;
    for (double v : y) {
      double s = 1 / (1 + Math.exp(-v));
      logProb -= 0.5 * v * v + 0.5 * Math.log(2 * Math.PI);
      sum += (Math.log(s) + Math.log(1 - s)) / Math.log(2);
    }
    double expected =
        -logProb / (6 * Math.log(2)) - Math.log(1 - 2 * alpha) / Math.log(2) + 8 + sum / 6;
    assertEquals(expected, Dequantization.logit().bitsPerDimension(logProb, y), 1e-8);
  }

  @Test
  void aNatOfOneDimensionIsOneOverLogTwo() {
    assertEquals(1.4426950408889634, Dequantization.bitsPerNat(1), 1e-15);
    assertEquals(1.4426950408889634 / 784, Dequantization.bitsPerNat(784), 1e-15);
  }

  @Test
  void noiseIsUniform() {
    Dequantization d = new Dequantization(4, new Linear(0, 4));
    double[] y = d.apply(new double[][] {draw(1, 1, 100_000)[0]}, random)[0];
    assertTrue(Arrays.stream(y).allMatch(v -> v >= 0 && v < 1));
    assertEquals(0.5, Arrays.stream(y).average().orElseThrow(), 0.005, "seed " + SEED);
    assertEquals(1 / 3.0, Arrays.stream(y).map(v -> v * v).average().orElseThrow(), 0.005);
  }

  @Test
  void whatIsNoValueIsRefused() {
    Dequantization d = Dequantization.logit();
    for (double bad : new double[] {-1, 256, 0.5, Double.NaN}) {
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> d.apply(new double[][] {{0}, {255, bad}}, random),
          "row 1, column 1");
    }
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new Dequantization(1, d.scale()).levels());
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new Logit(0.5).alpha());
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new Linear(1, 1).lower());
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> d.bitsPerDimension(new double[2], new double[1][3]));
  }

  @Test
  void shapesOfImagesAreChecked() {
    ImageShape shape = new ImageShape(3, 5, 2);
    assertEquals(15, shape.pixels());
    assertEquals(30, shape.size());
    assertEquals(29, shape.column(2, 4, 1));
    assertEquals(new ImageShape(3, 5, 1), shape.withChannels(1));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new ImageShape(0, 1, 1).size());
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> new ImageShape(1 << 16, 1 << 16, 1).size());
  }
}
