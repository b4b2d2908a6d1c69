package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The derivatives of the scalar functions against finite differences, and their limits. */
final class ElementwiseTest {

  @ParameterizedTest
  @EnumSource
  void derivativesMatchFiniteDifferences(Elementwise f) {
    boolean positive = f == Elementwise.LOG || f == Elementwise.SQRT;
    for (double x = positive ? 0.103 : -20.013; x < 20; x += 0.037) {
      if (Math.abs(x) > 0.1) {
        expect(difference(f::value, x), f.first(x), f + "' at " + x);
        expect(difference(f::first, x), f.second(x), f + "'' at " + x);
      }
    }
  }

  /** A central difference of fourth order. */
  private static double difference(DoubleUnaryOperator f, double x) {
    double h = 1e-3 * Math.min(1, Math.abs(x));
    double near = f.applyAsDouble(x + h) - f.applyAsDouble(x - h);
    double far = f.applyAsDouble(x + 2 * h) - f.applyAsDouble(x - 2 * h);
    return (8 * near - far) / (12 * h);
  }

  private static void expect(double difference, double derivative, String what) {
    assertEquals(difference, derivative, 1e-8 * Math.max(1, Math.abs(derivative)), what);
  }

  @ParameterizedTest
  @EnumSource
  void largeArgumentsStayFinite(Elementwise f) {
    boolean positive = f == Elementwise.LOG || f == Elementwise.SQRT;
    for (double x : new double[] {-100, 100}) {
      if (!positive || x > 0) {
        assertTrue(Double.isFinite(f.value(x)), f + " at " + x);
        assertTrue(Double.isFinite(f.first(x)), f + "' at " + x);
        assertTrue(Double.isFinite(f.second(x)), f + "'' at " + x);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void notANumberStaysNotANumber(Elementwise f) {
    assertTrue(Double.isNaN(f.value(Double.NaN)));
  }
}
