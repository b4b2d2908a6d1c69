package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.hipparchus.dfp.Dfp;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The bounds that {@link FloatActivations} and {@link DoubleActivations} state, against arithmetic
 * of sixty digits.
 */
final class ActivationAccuracyTest {
  private static final long SEED = 20260731;

  @ParameterizedTest
  @EnumSource(names = {"TANH", "SIGMOID", "SOFTPLUS", "ELU", "SWISH"})
  void errorsAreWithinTheirBounds(Elementwise f) {
    double[] floats = grid(DType.FLOAT32);
    double[] doubles = grid(DType.FLOAT64);
    Errors single = new Errors(DType.FLOAT32, f, floats);
    Errors twice = new Errors(DType.FLOAT64, f, doubles);
    boolean swish = f == Elementwise.SWISH;
    single.expectAbsolute(swish ? 2.5e-6 : 3.2e-7, swish ? 2.5e-6 : 5e-7, swish ? 2.5e-6 : 1e-6);
    twice.expectAbsolute(6e-16, 6e-16, 1.2e-15);
    switch (f) {
      case SIGMOID -> twice.expectRelative(0, 1);
      case SOFTPLUS -> twice.expectRelative(0, 1, 2);
      case TANH -> twice.expectRelative(0);
      case ELU -> twice.expectRelative(1);
      default -> {}
    }
  }

  /** Largest errors of value, first and second derivative. */
  private static final class Errors {
    private final String what;
    private final double[] absolute = new double[3];
    private final double[] relative = new double[3];

    Errors(DType dtype, Elementwise f, double[] x) {
      what = dtype + " " + f;
      double[][] got = evaluate(dtype, f, x);
      for (int i = 0; i < x.length; i++) {
        Dfp[] expected = PreciseFunctions.evaluate(f, x[i]);
        for (int k = 0; k < 3; k++) {
          double error = PreciseFunctions.exact(got[k][i]).subtract(expected[k]).abs().toDouble();
          double size = Math.abs(expected[k].toDouble());
          absolute[k] = worse(absolute[k], error / Math.max(1, size));
          // Where exponentials are normal numbers and the reference has digits to spare.
          if (size > 0 && Math.abs(x[i]) < 708 && Math.abs(x[i]) > 1e-20) {
            relative[k] = worse(relative[k], error / size);
          }
        }
      }
    }

    /** The larger one, NaN being the largest. */
    private static double worse(double a, double b) {
      return Math.max(a, b);
    }

    void expectAbsolute(double... bounds) {
      for (int k = 0; k < 3; k++) {
        assertTrue(absolute[k] <= bounds[k], what + " absolute " + Arrays.toString(absolute));
      }
    }

    void expectRelative(int... orders) {
      for (int k : orders) {
        assertTrue(relative[k] <= 6e-16, what + " relative " + Arrays.toString(relative));
      }
    }
  }

  /** Dense where activations bend, sparse to the ends of the type's range. */
  private static double[] grid(DType dtype) {
    boolean single = dtype == DType.FLOAT32;
    double least = single ? Float.MIN_VALUE : Double.MIN_VALUE;
    double largest = single ? Float.MAX_VALUE : Double.MAX_VALUE;
    SplittableRandom random = new SplittableRandom(SEED);
    return Stream.of(
            DoubleStream.iterate(least, x -> x < 1e-3, x -> x * 1097),
            DoubleStream.iterate(0.1, x -> x < largest / 1e3, x -> x * 37),
            random.doubles(150, 0, 1),
            random.doubles(150, 0, 10),
            random.doubles(60, 0, 50),
            random.doubles(20, 50, 760),
            DoubleStream.of(0, largest))
        .flatMapToDouble(s -> s)
        .map(x -> single ? (float) x : x)
        .flatMap(x -> DoubleStream.of(x, -x))
        .toArray();
  }

  private static double[][] evaluate(DType dtype, Elementwise f, double[] x) {
    int n = x.length;
    double[][] out = new double[3][n];
    try (Backend backend = new CpuBackend(dtype)) {
      Matrix argument = backend.allocate(1, n);
      Matrix[] results = new Matrix[3];
      Arrays.setAll(results, k -> backend.allocate(1, n));
      backend.upload(x, 0, argument);
      backend.apply(f, argument, results[0], results[1], results[2]);
      for (int k = 0; k < 3; k++) {
        backend.download(results[k], out[k], 0);
      }
    }
    return out;
  }

  /** The float tanh neither exceeds one nor falls short of it for ever. */
  @ParameterizedTest
  @EnumSource
  void valuesSaturate(DType dtype) {
    double[] x = DoubleStream.iterate(7, v -> v < 30, v -> v + 1.3e-3).toArray();
    double[] t = evaluate(dtype, Elementwise.TANH, x)[0];
    for (int i = 0; i < x.length; i++) {
      assertTrue(t[i] <= 1, dtype + " tanh of " + x[i] + " is " + t[i]);
    }
    double[] ends = {-1e30, Double.NEGATIVE_INFINITY, 1e30, Double.POSITIVE_INFINITY};
    assertArrayEquals(new double[] {-1, -1, 1, 1}, evaluate(dtype, Elementwise.TANH, ends)[0]);
    double[] s = evaluate(dtype, Elementwise.SIGMOID, ends)[0];
    assertArrayEquals(new double[] {0, 0, 1, 1}, s, 1e-300);
    double[] p = evaluate(dtype, Elementwise.SOFTPLUS, new double[] {-1e30, -30})[0];
    assertTrue(p[0] >= 0 && p[1] >= 0, Arrays.toString(p));
  }

  /** Bits depend neither on where in a tile an element lies nor on what compiled the loop. */
  @ParameterizedTest
  @EnumSource
  void sameArgumentSameBits(Elementwise f) {
    for (DType dtype : DType.values()) {
      double[] x = new SplittableRandom(SEED).doubles(97, 0.1, 12).toArray();
      double[][] cold = evaluate(dtype, f, x);
      double[] many = new double[3000 * x.length];
      for (int i = 0; i < many.length; i++) {
        many[i] = x[i % x.length];
      }
      double[][] warm = evaluate(dtype, f, many);
      for (int k = 0; k < 3; k++) {
        for (int i = 0; i < many.length; i++) {
          assertEquals(cold[k][i % x.length], warm[k][i], 0, dtype + " " + f + " order " + k);
        }
      }
    }
  }

  /** Leaving a derivative out does not change the others. */
  @ParameterizedTest
  @EnumSource
  void outputsDoNotDependOnWhatElseIsWanted(Elementwise f) {
    for (DType dtype : DType.values()) {
      double[] x = new SplittableRandom(SEED).doubles(50, 0.1, 12).toArray();
      double[][] all = evaluate(dtype, f, x);
      try (Backend backend = new CpuBackend(dtype)) {
        Matrix argument = backend.allocate(1, x.length);
        Matrix first = backend.allocate(1, x.length);
        double[] got = new double[x.length];
        backend.upload(x, 0, argument);
        backend.apply(f, argument, argument, first, null);
        backend.download(argument, got, 0);
        assertArrayEquals(all[0], got, dtype + " value");
        backend.download(first, got, 0);
        assertArrayEquals(all[1], got, dtype + " first");
        backend.upload(x, 0, argument);
        backend.apply(f, argument, argument, null, null);
        backend.download(argument, got, 0);
        assertArrayEquals(all[0], got, dtype + " value alone");
      }
    }
  }
}
