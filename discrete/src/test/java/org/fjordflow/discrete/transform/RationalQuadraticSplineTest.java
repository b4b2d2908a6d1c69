package org.fjordflow.discrete.transform;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Knots, edges, tails, and parameters of any size. */
final class RationalQuadraticSplineTest {

  private static final double BOUND = 3;
  private static final int BINS = 4;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final RationalQuadraticSpline spline = new RationalQuadraticSpline(BINS, BOUND);
  private final double[] raw =
      new SplittableRandom(GradientCheck.defaultSeed())
          .doubles(spline.parameters(), -1.5, 1.5)
          .toArray();

  @AfterEach
  void close() {
    backend.close();
  }

  /** Values, log-slopes and gradients of x, one row an x. */
  private double[][] at(double[] parameters, boolean forward, double... x) {
    Tape tape = Tape.recording(backend);
    double[] all = new double[x.length * parameters.length];
    Arrays.setAll(all, i -> parameters[i % parameters.length]);
    var matrix = backend.allocate(x.length, 1);
    backend.upload(x, 0, matrix);
    var p = backend.allocate(x.length, parameters.length);
    backend.upload(all, 0, p);
    Var in = tape.input(matrix);
    Var given = tape.input(p);
    Transformed y = forward ? spline.forward(tape, in, given) : spline.inverse(tape, in, given);
    Var logDet = Objects.requireNonNull(y.logDet()).value();
    double[] values = Elements.of(backend, y.value().value());
    double[] slopes = Elements.of(backend, logDet.value());
    tape.backward(tape.columnSum(tape.add(y.value(), logDet)));
    double[] byX = Elements.of(backend, in.gradient());
    double[] byParameters = Elements.of(backend, given.gradient());
    return new double[][] {values, slopes, byX, byParameters};
  }

  /** Upper edges of the bins, by the definition. */
  private double[] knots() {
    double[] shares = Arrays.stream(raw, 0, BINS).map(Math::exp).toArray();
    double sum = Arrays.stream(shares).sum();
    double[] knots = new double[BINS];
    double edge = -BOUND;
    for (int k = 0; k < BINS; k++) {
      edge += 2 * BOUND * (1e-3 + (1 - BINS * 1e-3) * shares[k] / sum);
      knots[k] = edge;
    }
    return knots;
  }

  @Test
  void valueAndSlopeAreContinuousAtKnotsAndEdges() {
    double[] knots = knots();
    assertEquals(BOUND, knots[BINS - 1], 1e-12);
    for (int k = -1; k < BINS; k++) {
      double knot = k < 0 ? -BOUND : knots[k];
      double[][] sides = at(raw, true, Math.nextDown(knot), knot, Math.nextUp(knot));
      for (int i = 0; i < 3; i += 2) {
        assertEquals(sides[0][1], sides[0][i], 1e-12, "value at knot " + k);
        assertEquals(sides[1][1], sides[1][i], 1e-12, "log-slope at knot " + k);
      }
      double[][] back = at(raw, false, sides[0][1]);
      assertEquals(knot, back[0][0], 1e-12);
      assertEquals(-sides[1][1], back[1][0], 1e-12);
    }
    assertArrayEquals(new double[] {-BOUND, BOUND}, at(raw, true, -BOUND, BOUND)[0], 1e-14);
  }

  /** Values, log-slopes and all derivatives against a composition of the tape's operations. */
  @Test
  void valuesAndGradientsAreThoseOfTheDefinition() {
    for (double size : new double[] {0.1, 1, 4, 500}) {
      double[] given = Arrays.stream(raw).map(r -> r * size).toArray();
      for (double x : new double[] {-2.999, -1.7, -0.4, 0.3, 1.9, 2.95}) {
        double[][] got = at(given, true, x);
        double[][] expected = byDefinition(given, x);
        for (int i = 0; i < 4; i++) {
          double largest = Arrays.stream(expected[i]).map(Math::abs).max().orElseThrow();
          assertArrayEquals(
              expected[i], got[i], 1e-10 * Math.max(1, largest), size + ", " + x + ", part " + i);
        }
      }
    }
  }

  /** As {@link #at}, by Durkan et al., equations 4 and 5. */
  private double[][] byDefinition(double[] given, double at) {
    Tape tape = Tape.recording(backend);
    var value = backend.allocate(1, 1);
    backend.upload(new double[] {at}, 0, value);
    Var x = tape.input(value);
    var row = backend.allocate(1, given.length);
    backend.upload(given, 0, row);
    Var p = tape.input(row);
    Var widths = sizes(tape, tape.columns(p, 0, BINS));
    Var heights = sizes(tape, tape.columns(p, BINS, 2 * BINS));
    double[] w = Elements.of(backend, widths.value());
    int k = 0;
    double edge = -BOUND;
    while (k < BINS - 1 && at >= edge + w[k]) {
      edge += w[k];
      k++;
    }
    Var width = tape.columns(widths, k, k + 1);
    Var height = tape.columns(heights, k, k + 1);
    Var theta = divided(tape, tape.subtract(x, edge(tape, widths, k)), width);
    Var s = divided(tape, height, width);
    Var d0 = slope(tape, p, k - 1);
    Var d1 = slope(tape, p, k);
    Var rest = tape.affine(-1, theta, 1);
    Var q = tape.multiply(theta, rest);
    Var curve = tape.subtract(tape.add(d0, d1), tape.affine(2, s, 0));
    Var denominator = tape.add(s, tape.multiply(curve, q));
    Var square = tape.multiply(theta, theta);
    Var rise = tape.add(tape.multiply(s, square), tape.multiply(d0, q));
    Var y =
        tape.add(edge(tape, heights, k), divided(tape, tape.multiply(height, rise), denominator));
    Var numerator =
        tape.add(
            tape.add(tape.multiply(d1, square), tape.affine(2, tape.multiply(s, q), 0)),
            tape.multiply(d0, tape.multiply(rest, rest)));
    Var logs =
        tape.sum(2, tape.apply(Elementwise.LOG, s), 1, tape.apply(Elementwise.LOG, numerator));
    Var logSlope = tape.sum(1, logs, -2, tape.apply(Elementwise.LOG, denominator));
    tape.backward(tape.add(y, logSlope));
    return new double[][] {
      Elements.of(backend, y.value()),
      Elements.of(backend, logSlope.value()),
      Elements.of(backend, x.gradient()),
      Elements.of(backend, p.gradient())
    };
  }

  private static Var sizes(Tape tape, Var raw) {
    // The softmax by its logarithm, which does not overflow.
    Var shares = tape.apply(Elementwise.EXP, tape.subtract(raw, tape.logSumExp(raw)));
    return tape.affine(2 * BOUND * (1 - BINS * 1e-3), shares, 2 * BOUND * 1e-3);
  }

  private static Var edge(Tape tape, Var sizes, int k) {
    return k == 0
        ? tape.constant(-BOUND)
        : tape.affine(1, tape.rowSum(tape.columns(sizes, 0, k)), -BOUND);
  }

  private static Var slope(Tape tape, Var p, int knot) {
    if (knot < 0 || knot == BINS - 1) {
      return tape.constant(1);
    }
    int column = 2 * BINS + knot;
    return tape.affine(
        1, tape.apply(Elementwise.SOFTPLUS, tape.columns(p, column, column + 1)), 1e-3);
  }

  private static Var divided(Tape tape, Var a, Var b) {
    return tape.multiply(a, tape.apply(Elementwise.RECIPROCAL, b));
  }

  @Test
  void tailsAreTheIdentity() {
    double[] x = {-1e6, -3.0001, 3.0001, 1e300};
    for (boolean forward : new boolean[] {true, false}) {
      double[][] y = at(raw, forward, x);
      assertArrayEquals(x, y[0]);
      assertArrayEquals(new double[4], y[1]);
      assertArrayEquals(new double[] {1, 1, 1, 1}, y[2]);
    }
  }

  @Test
  void itsIdentityIsTheIdentity() {
    double[] x = {-2.9, -1.5, -0.1, 0, 0.75, 1.5, 2.99};
    double[][] y = at(spline.identity(), true, x);
    assertArrayEquals(x, y[0], 1e-14);
    assertArrayEquals(new double[x.length], y[1], 1e-14);
  }

  @Test
  void parametersOfAnySizeGiveFiniteNumbersThatCanBeInverted() {
    double[] x = {-3, -2.5, -1e-9, 0, 1e-300, 1, 2.9999999, 3};
    for (double size : new double[] {10, 1e3, 1e6, 1e300}) {
      double[] large = Arrays.stream(raw).map(r -> r * size).toArray();
      double[][] y = at(large, true, x);
      for (double[] values : y) {
        assertTrue(Arrays.stream(values).allMatch(Double::isFinite), "size " + size);
      }
      double[][] back = at(large, false, y[0]);
      for (double[] values : back) {
        assertTrue(Arrays.stream(values).allMatch(Double::isFinite), "inverse, size " + size);
      }
    }
  }

  @Test
  void settingsAreChecked() {
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new RationalQuadraticSpline(1, 3).bins());
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new RationalQuadraticSpline(900, 3).bins());
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new RationalQuadraticSpline(4, 0).bins());
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new AffineTransform(0).bound());
    Tape tape = Tape.evaluating(backend);
    Var x = tape.constant(new double[4], 2, 2);
    Var few = tape.constant(new double[22], 2, 11);
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> spline.forward(tape, x, few), "11");
  }
}
