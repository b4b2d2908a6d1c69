package org.fjordflow.core.data;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ToyDensityTest {
  private static final long SEED = 2019;
  private static final int N = 200_000;

  /** The mean of f over a uniform variable on (0, 1), by the midpoint rule. */
  private static double mean(DoubleUnaryOperator f) {
    int cells = 200_000;
    double sum = 0;
    for (int i = 0; i < cells; i++) {
      sum += f.applyAsDouble((i + 0.5) / cells);
    }
    return sum / cells;
  }

  /** The exact E x, E y, E x^2, E y^2, E xy. */
  private static double[] moments(ToyDensity density) {
    return switch (density) {
      case MOONS -> {
        // Arcs: E x^2 is 1/2 and 1 + 1/2, E y^2 is 1/2 and 1/4 - 2/pi + 1/2.
        double noise = 0.01;
        double xy = mean(u -> (1 - Math.cos(Math.PI * u)) * (0.5 - Math.sin(Math.PI * u))) / 2;
        yield new double[] {0.5, 0.25, 1 + noise, 0.625 - 1 / Math.PI + noise, xy};
      }
      case SWISS_ROLL -> {
        DoubleUnaryOperator t = u -> 1.5 * Math.PI * (1 + 2 * u);
        DoubleUnaryOperator x = u -> t.applyAsDouble(u) * Math.cos(t.applyAsDouble(u)) / 5;
        DoubleUnaryOperator y = u -> t.applyAsDouble(u) * Math.sin(t.applyAsDouble(u)) / 5;
        yield new double[] {
          mean(x),
          mean(y),
          mean(u -> Math.pow(x.applyAsDouble(u), 2)) + 0.04,
          mean(u -> Math.pow(y.applyAsDouble(u), 2)) + 0.04,
          mean(u -> x.applyAsDouble(u) * y.applyAsDouble(u))
        };
      }
      case EIGHT_GAUSSIANS -> isotropic((16.0 / 2 + 0.25) / (1.414 * 1.414));
      case PINWHEEL -> isotropic(4 * (1 + 0.09 + 0.01) / 2);
      case CIRCLES -> isotropic(9 * ((1 + 0.25) / 2 / 2 + 0.0064));
      case RINGS -> isotropic(9 * (1 + 4 + 9 + 16) / 16.0 / 4 / 2 + 0.0064);
      case TWO_SPIRALS -> {
        DoubleUnaryOperator n = u -> 3 * Math.PI * Math.sqrt(u);
        DoubleUnaryOperator x = u -> -n.applyAsDouble(u) * Math.cos(n.applyAsDouble(u));
        DoubleUnaryOperator y = u -> n.applyAsDouble(u) * Math.sin(n.applyAsDouble(u));
        // With h = u' / 2: E h = 1/4, E h^2 = 1/12.
        DoubleUnaryOperator xx = u -> Math.pow(x.applyAsDouble(u), 2) + x.applyAsDouble(u) / 2;
        DoubleUnaryOperator yy = u -> Math.pow(y.applyAsDouble(u), 2) + y.applyAsDouble(u) / 2;
        DoubleUnaryOperator xy = u -> (x.applyAsDouble(u) + 0.25) * (y.applyAsDouble(u) + 0.25);
        yield new double[] {
          0, 0, (mean(xx) + 1.0 / 12) / 9 + 0.01, (mean(yy) + 1.0 / 12) / 9 + 0.01, mean(xy) / 9
        };
      }
      // Each coordinate is uniform on (-4, 4); E xy over the centres of the 8 cells is 1.
      case CHECKERBOARD -> new double[] {0, 0, 64.0 / 12, 64.0 / 12, 1};
    };
  }

  private static double[] isotropic(double variance) {
    return new double[] {0, 0, variance, variance, 0};
  }

  @ParameterizedTest
  @EnumSource
  void momentsAgreeWithTheDefinition(ToyDensity density) {
    double[] expected = moments(density);
    double[] sum = new double[5];
    double[] squares = new double[5];
    for (double[] p : density.sample(N, new SplittableRandom(SEED))) {
      double[] terms = {p[0], p[1], p[0] * p[0], p[1] * p[1], p[0] * p[1]};
      for (int k = 0; k < 5; k++) {
        sum[k] += terms[k];
        squares[k] += terms[k] * terms[k];
      }
    }
    for (int k = 0; k < 5; k++) {
      double mean = sum[k] / N;
      double error = Math.sqrt((squares[k] / N - mean * mean) / N);
      double z = (mean - expected[k]) / error;
      assertTrue(
          Math.abs(z) < 4.5, density.id() + ", moment " + k + ": z = " + z + ", seed " + SEED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void sameSeedSamePoints(ToyDensity density) {
    double[][] first = density.sample(50, new SplittableRandom(SEED));
    double[][] second = density.sample(50, new SplittableRandom(SEED));
    double[][] third = density.sample(50, new SplittableRandom(SEED + 1));
    for (int i = 0; i < 50; i++) {
      assertArrayEquals(first[i], second[i]);
      assertTrue(first[i][0] != third[i][0]);
    }
    assertEquals(0, density.sample(0, new SplittableRandom(SEED)).length);
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> density.sample(-1, new SplittableRandom(SEED)));
    assertEquals(density, ToyDensity.find(density.id()).orElseThrow());
  }

  @Test
  void namesAreFfjords() {
    List<String> names =
        List.of(
            "moons",
            "swissroll",
            "8gaussians",
            "pinwheel",
            "circles",
            "rings",
            "2spirals",
            "checkerboard");
    assertEquals(names, Stream.of(ToyDensity.values()).map(ToyDensity::id).toList());
    assertTrue(ToyDensity.find("Moons").isEmpty());
  }

  @Test
  void moonsLieOnTwoHalfCircles() {
    double outer = 0;
    double square = 0;
    for (double[] p : ToyDensity.MOONS.sample(N, new SplittableRandom(SEED))) {
      double toOuter = Math.hypot(p[0], p[1]) - 1;
      double toInner = Math.hypot(p[0] - 1, p[1] - 0.5) - 1;
      boolean onOuter = Math.abs(toOuter) < Math.abs(toInner);
      double distance = onOuter ? toOuter : toInner;
      outer += onOuter ? 1.0 / N : 0;
      square += distance * distance / N;
      assertTrue(Math.abs(distance) < 0.7, "seed " + SEED);
    }
    assertEquals(0.5, outer, 0.02, "the curves are each other's mirror image, seed " + SEED);
    assertEquals(0.1, Math.sqrt(square), 0.01, "noise across the curve, seed " + SEED);
  }

  @Test
  void ringsAndCirclesHaveTheirRadii() {
    int[] counts = new int[4];
    for (double[] p : ToyDensity.RINGS.sample(N, new SplittableRandom(SEED))) {
      double radius = Math.hypot(p[0], p[1]) / 0.75;
      int ring = (int) Math.round(radius);
      assertTrue(ring >= 1 && ring <= 4 && Math.abs(radius - ring) < 0.5, "seed " + SEED);
      counts[ring - 1]++;
    }
    for (int count : counts) {
      assertEquals(0.25, (double) count / N, 5 * Math.sqrt(0.1875 / N), "seed " + SEED);
    }
    int inner = 0;
    for (double[] p : ToyDensity.CIRCLES.sample(N, new SplittableRandom(SEED))) {
      inner += Math.hypot(p[0], p[1]) < 2.25 ? 1 : 0;
    }
    assertEquals(0.5, (double) inner / N, 0.01, "seed " + SEED);
  }

  @Test
  void checkerboardFillsItsCellsUniformly() {
    double logDensity = -Math.log(32);
    assertEquals(-logDensity, ToyDensity.CHECKERBOARD.entropy().orElseThrow(), 1e-15);
    int[][] counts = new int[4][4];
    for (double[] p : ToyDensity.CHECKERBOARD.sample(N, new SplittableRandom(SEED))) {
      assertEquals(logDensity, checkerboard(p[0], p[1]), "seed " + SEED);
      counts[(int) Math.floor(p[0] / 2) + 2][(int) Math.floor(p[1] / 2) + 2]++;
    }
    for (int i = 0; i < 4; i++) {
      for (int j = 0; j < 4; j++) {
        double expected = (i + j) % 2 == 0 ? 0.125 : 0;
        assertEquals(expected, (double) counts[i][j] / N, 5 * Math.sqrt(0.11 / N), "seed " + SEED);
        double there = checkerboard(2 * i - 3, 2 * j - 3);
        assertEquals(expected > 0 ? logDensity : Double.NEGATIVE_INFINITY, there);
      }
    }
    assertEquals(Double.NEGATIVE_INFINITY, checkerboard(5, 1));
  }

  private static double checkerboard(double x, double y) {
    return ToyDensity.CHECKERBOARD.logProb(new double[][] {{x, y}})[0];
  }

  /**
   * Half the side of a square around nearly all points, and the step of a grid that resolves them.
   */
  private static double[] grid(ToyDensity density) {
    return switch (density) {
      case MOONS -> new double[] {3, 0.05};
      case SWISS_ROLL -> new double[] {4.5, 0.1};
      case EIGHT_GAUSSIANS -> new double[] {5.6, 0.1};
      case PINWHEEL -> new double[] {5, 0.04};
      case CIRCLES -> new double[] {4.8, 0.12};
      case RINGS -> new double[] {3.6, 0.045};
      case TWO_SPIRALS -> new double[] {4.2, 0.09};
      case CHECKERBOARD -> new double[] {4, 0.1};
    };
  }

  @ParameterizedTest
  @EnumSource
  void theDensityIsThatOfItsSamples(ToyDensity density) {
    double end = grid(density)[0];
    int blocks = 8;
    int cells = blocks * (int) Math.ceil(2 * end / grid(density)[1] / blocks);
    double step = 2 * end / cells;
    double[][] share = new double[blocks][blocks];
    double integral = 0;
    double negativeEntropy = 0;
    double[][] points = new double[cells * cells][];
    for (int i = 0; i < points.length; i++) {
      int row = i / cells;
      int col = i % cells;
      points[i] = new double[] {-end + (row + 0.5) * step, -end + (col + 0.5) * step};
    }
    double[] logProb = density.logProb(points);
    for (int i = 0; i < points.length; i++) {
      double p = Math.exp(logProb[i]) * step * step;
      integral += p;
      negativeEntropy += p == 0 ? 0 : p * logProb[i];
      share[(i / cells) * blocks / cells][(i % cells) * blocks / cells] += p;
    }
    assertEquals(1, integral, density == ToyDensity.PINWHEEL ? 1e-4 : 1e-6);
    double[][] samples = density.sample(N / 20, new SplittableRandom(SEED));
    double mean = 0;
    double square = 0;
    double[][] counted = new double[blocks][blocks];
    double width = 2 * end / blocks;
    double[] found = density.logProb(samples);
    for (int i = 0; i < samples.length; i++) {
      mean += found[i] / samples.length;
      square += found[i] * found[i] / samples.length;
      int row = (int) Math.floor((samples[i][0] + end) / width);
      int col = (int) Math.floor((samples[i][1] + end) / width);
      counted[Math.floorMod(row, blocks)][Math.floorMod(col, blocks)] += 1.0 / samples.length;
    }
    double error = Math.sqrt(Math.max(0, square - mean * mean) / samples.length);
    assertEquals(negativeEntropy, mean, 5 * error + 1e-4, "seed " + SEED);
    for (int i = 0; i < blocks; i++) {
      for (int j = 0; j < blocks; j++) {
        double deviation = Math.sqrt(share[i][j] * (1 - share[i][j]) / samples.length);
        assertEquals(
            share[i][j],
            counted[i][j],
            5 * deviation + 5e-3 * share[i][j] + 2.0 / samples.length,
            "block " + i + ", " + j + ", seed " + SEED);
      }
    }
    if (density != ToyDensity.CHECKERBOARD && density != ToyDensity.PINWHEEL) {
      double far = density.logProb(new double[][] {{1e3, 0}})[0];
      assertTrue(Double.isFinite(far) && far < -1e4, "far away: " + far);
    }
  }

  @Test
  void pinwheelArmsTurnClockwise() {
    // Near r = 1 an arm k is at the angle -(2 pi k / 5 + e / 4): five times it is -5 e / 4.
    double cos = 0;
    double sin = 0;
    for (double[] p : ToyDensity.PINWHEEL.sample(N, new SplittableRandom(SEED))) {
      if (Math.abs(Math.hypot(p[0], p[1]) - 2) < 0.02) {
        double angle = 5 * Math.atan2(p[1], p[0]);
        cos += Math.cos(angle);
        sin += Math.sin(angle);
      }
    }
    double phase = Math.atan2(sin, cos);
    assertEquals(0, Math.IEEEremainder(phase + 5 * 0.25 * Math.E, 2 * Math.PI), 0.03);
  }

  @Test
  void spiralsFollowTheirCurves() {
    for (double[] p : ToyDensity.TWO_SPIRALS.sample(2000, new SplittableRandom(SEED))) {
      double nearest = Double.POSITIVE_INFINITY;
      for (double n = 0; n <= 3 * Math.PI; n += 0.02) {
        double x = (-n * Math.cos(n) + 0.25) / 3;
        double y = (n * Math.sin(n) + 0.25) / 3;
        double one = Math.hypot(p[0] - x, p[1] - y);
        nearest = Math.min(nearest, Math.min(one, Math.hypot(p[0] + x, p[1] + y)));
      }
      // At most half a cell of the uniform offset, and five deviations of the noise.
      assertTrue(nearest < Math.sqrt(2) * 0.25 / 3 + 0.5, "seed " + SEED);
    }
  }
}
