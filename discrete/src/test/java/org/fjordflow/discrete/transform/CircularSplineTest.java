package org.fjordflow.discrete.transform;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.Transformed;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The seam, turns, rotations, and the spline of the line that it is a case of. */
final class CircularSplineTest {

  private static final int BINS = 4;
  private static final double PI = Math.PI;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final CircularSpline spline = new CircularSpline(BINS);
  private final double[] raw =
      new SplittableRandom(GradientCheck.defaultSeed())
          .doubles(spline.parameters(), -1.5, 1.5)
          .toArray();

  @AfterEach
  void close() {
    backend.close();
  }

  /** Values and log-slopes. */
  private double[][] at(ColumnTransform what, double[] parameters, boolean forward, double... x) {
    Tape tape = Tape.evaluating(backend);
    double[] all = new double[x.length * parameters.length];
    Arrays.setAll(all, i -> parameters[i % parameters.length]);
    Var in = tape.constant(x, x.length, 1);
    Var given = tape.constant(all, x.length, parameters.length);
    Transformed y = forward ? what.forward(tape, in, given) : what.inverse(tape, in, given);
    return new double[][] {
      Elements.of(backend, y.value().value()),
      Elements.of(backend, Objects.requireNonNull(y.logDet()).value().value())
    };
  }

  private double[] rotatedBy(double angle) {
    double[] result = raw.clone();
    result[result.length - 1] = angle;
    return result;
  }

  private static double apart(double a, double b) {
    return Math.abs(Math.IEEEremainder(a - b, 2 * PI));
  }

  /** Without a rotation, and with derivatives of one at the ends, it is the spline of the line. */
  @Test
  void isTheSplineOfTheLineWhereDerivativesAtTheEndsAreOne() {
    RationalQuadraticSpline line = new RationalQuadraticSpline(BINS, PI);
    double[] circular = rotatedBy(0);
    circular[2 * BINS] = line.identity()[2 * BINS];
    double[] straight = new double[line.parameters()];
    System.arraycopy(circular, 0, straight, 0, 2 * BINS);
    System.arraycopy(circular, 2 * BINS + 1, straight, 2 * BINS, BINS - 1);
    double[] x = {-3.1, -2, -0.7, 0.3, 1.1, 2.6, 3.14};
    for (boolean forward : new boolean[] {true, false}) {
      double[][] expected = at(line, straight, forward, x);
      double[][] got = at(spline, circular, forward, x);
      assertArrayEquals(expected[0], got[0], 1e-14);
      assertArrayEquals(expected[1], got[1], 1e-14);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.4, -2.5, 100})
  void angleSlopeAndItsInverseAreContinuousAcrossTheSeam(double rotation) {
    double[] given = rotatedBy(rotation);
    // The data's seam, and what the rotation makes the spline's.
    for (double seam : new double[] {PI, PI - rotation}) {
      for (boolean forward : new boolean[] {true, false}) {
        double[][] sides = at(spline, given, forward, seam - 1e-9, seam + 1e-9);
        assertEquals(0, apart(sides[0][0], sides[0][1]), 1e-6, "angle at " + seam);
        assertEquals(sides[1][0], sides[1][1], 1e-6, "log-slope at " + seam);
      }
    }
  }

  @Test
  void turnsDoNotMatterAndImagesAreInRange() {
    double[] x = {-PI, -3, -1, 0, 2, Math.nextDown(PI)};
    double[] off = Arrays.stream(x).map(v -> v + 6 * PI).toArray();
    for (boolean forward : new boolean[] {true, false}) {
      double[][] expected = at(spline, raw, forward, x);
      double[][] got = at(spline, raw, forward, off);
      for (int i = 0; i < x.length; i++) {
        assertEquals(0, apart(expected[0][i], got[0][i]), 1e-12);
        assertEquals(expected[1][i], got[1][i], 1e-12);
        assertTrue(expected[0][i] >= -PI && expected[0][i] < PI, "in [-pi, pi): " + expected[0][i]);
      }
    }
  }

  /** The mean of the slope over the circle is one: the image goes round once. */
  @Test
  void goesRoundOnce() {
    int n = 20_000;
    double[] x = new double[n];
    Arrays.setAll(x, i -> -PI + 2 * PI * (i + 0.5) / n);
    double[] slopes = at(spline, raw, true, x)[1];
    assertEquals(1, Arrays.stream(slopes).map(Math::exp).average().orElseThrow(), 1e-6);
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void samplesStayBelowPiInEitherPrecision(DType dtype) {
    try (Backend own = new CpuBackend(dtype)) {
      Tape tape = Tape.evaluating(own);
      int n = 4_001;
      double[] z = new double[n];
      Arrays.setAll(z, i -> PI + (i - n / 2) * 1e-9);
      double[] parameters = new double[n * spline.parameters()];
      Arrays.setAll(parameters, i -> spline.identity()[i % spline.parameters()]);
      Matrix in = own.allocate(n, 1);
      own.upload(z, 0, in);
      Var given = tape.constant(parameters, n, spline.parameters());
      for (boolean forward : new boolean[] {true, false}) {
        Transformed x =
            forward
                ? spline.forward(tape, tape.constant(in), given)
                : spline.inverse(tape, tape.constant(in), given);
        for (double angle : Elements.of(own, x.value().value())) {
          assertTrue(angle >= -PI && angle < PI, dtype + ": " + angle);
        }
      }
    }
  }

  @Test
  void parametersOfAnySizeGiveFiniteNumbers() {
    double[] x = {-PI, -2.5, 0, 1e-300, 1, 3.14159, 1e9};
    for (double size : new double[] {10, 1e3, 1e6, 1e300}) {
      double[] large = Arrays.stream(raw).map(r -> r * size).toArray();
      for (boolean forward : new boolean[] {true, false}) {
        for (double[] values : at(spline, large, forward, x)) {
          assertTrue(Arrays.stream(values).allMatch(Double::isFinite), "size " + size);
        }
      }
    }
  }

  /** By central differences, for x and all parameters, the rotation among them. */
  @Test
  void gradientsAgreeWithFiniteDifferences() {
    for (boolean forward : new boolean[] {true, false}) {
      GradientCheck check =
          new GradientCheck(backend, GradientCheck.defaultSeed(), "circular, forward " + forward);
      check.input(check.uniform(6, 2, -2.9, 2.9));
      check.input(check.uniform(6, 2 * spline.parameters(), -0.7, 0.7));
      check.assertGradients(
          1e-6,
          (tape, in) -> {
            Transformed y =
                forward
                    ? spline.forward(tape, in.get(0), in.get(1))
                    : spline.inverse(tape, in.get(0), in.get(1));
            return tape.concat(y.value(), Objects.requireNonNull(y.logDet()).value());
          });
    }
  }
}
