package org.fjordflow.core.backend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.DoubleStream;
import org.fjordflow.core.backend.internal.Exponentials;
import org.junit.jupiter.api.Test;

/** Against {@link Math#exp}, which is within one unit in the last place. */
final class ExponentialsTest {

  private static final long SEED = 20261121;

  private final Exponentials exponentials = new Exponentials();

  @Test
  void valuesAreWithinTheirBound() {
    double[] x =
        DoubleStream.concat(
                new SplittableRandom(SEED).doubles(5000, -708, 708),
                DoubleStream.of(-708, -1, -1e-300, -0.0, 0, 1e-9, 0.5, 1, 708))
            .toArray();
    double[] y = new double[x.length];
    double[] given = x.clone();
    exponentials.exp(x, y, x.length);
    assertArrayEquals(given, x, "arguments are left alone");
    for (int i = 0; i < x.length; i++) {
      double expected = Math.exp(x[i]);
      assertEquals(expected, y[i], 8e-16 * expected, "exp(" + x[i] + "), seed " + SEED);
    }
    exponentials.exp(x, x, x.length);
    assertArrayEquals(y, x, "in place");
  }

  @Test
  void extremesAreFlushedAndNanStays() {
    double[] x = {-1e300, Double.NEGATIVE_INFINITY, 1e300, Double.POSITIVE_INFINITY, Double.NaN, 7};
    double[] y = new double[x.length];
    y[5] = 2;
    exponentials.exp(x, y, 5);
    assertArrayEquals(new double[] {0, 0}, Arrays.copyOf(y, 2));
    assertTrue(y[2] > 1e308 && y[2] < Double.POSITIVE_INFINITY);
    assertEquals(y[2], y[3]);
    assertTrue(Double.isNaN(y[4]));
    assertEquals(2, y[5], "beyond n");
  }
}
