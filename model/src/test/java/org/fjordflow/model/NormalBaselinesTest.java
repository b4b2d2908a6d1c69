package org.fjordflow.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.fjordflow.core.train.Batch;
import org.junit.jupiter.api.Test;

/** Normal distributions beside closed forms. */
final class NormalBaselinesTest {

  private static final double LOG_TWO_PI_E = Math.log(2 * Math.PI * Math.E);

  /** Pairs with moments that are exact: correlation 0.8, deviations 3 and 0.5. */
  private static double[][] pairs() {
    double[][] rows = new double[4][];
    double[] u = {1, 1, -1, -1};
    double[] v = {1, -1, 1, -1};
    for (int i = 0; i < 4; i++) {
      rows[i] = new double[] {100 + 3 * u[i], -7 + 0.5 * (0.8 * u[i] + 0.6 * v[i])};
    }
    return rows;
  }

  /** On the rows that they are fitted to, both have their own entropies. */
  @Test
  void entropiesOfTheirOwnRows() {
    Batch rows = Batch.of(pairs());
    NormalBaselines own = NormalBaselines.of(rows, rows);
    double independent = LOG_TWO_PI_E + Math.log(3 * 0.5);
    assertEquals(independent, own.independent(), 1e-12);
    assertEquals(independent + Math.log(0.6), own.full(), 1e-12);
    assertEquals(own.full(), own.least());
  }

  @Test
  void otherRowsAreFartherAway() {
    NormalBaselines at =
        NormalBaselines.of(Batch.of(pairs()), Batch.of(new double[][] {{103, -7}}));
    double constant = Math.log(2 * Math.PI) + Math.log(1.5);
    assertEquals(constant + 0.5, at.independent(), 1e-12);
    // 1 / (1 - 0.8^2) is the first entry of the inverse of the correlations.
    assertEquals(constant + Math.log(0.6) + 0.5 / 0.36, at.full(), 1e-12);
  }

  /** Given the first column, the second one has 0.6 of its deviation left. */
  @Test
  void aContextIsRegressedOn() {
    double[][] data = Arrays.stream(pairs()).map(row -> new double[] {row[1]}).toArray(double[][]::new);
    double[][] context =
        Arrays.stream(pairs()).map(row -> new double[] {row[0]}).toArray(double[][]::new);
    Batch rows = new Batch(data, context);
    NormalBaselines own = NormalBaselines.of(rows, rows);
    assertEquals(0.5 * LOG_TWO_PI_E + Math.log(0.5), own.independent(), 1e-12);
    assertEquals(0.5 * LOG_TWO_PI_E + Math.log(0.3), own.full(), 1e-12);
  }

  @Test
  void dependentColumnsHaveNoFullNormal() {
    SplittableRandom random = new SplittableRandom(3);
    double[][] rows = new double[500][];
    for (int i = 0; i < rows.length; i++) {
      double a = random.nextGaussian();
      double b = random.nextGaussian();
      rows[i] = new double[] {a, b, 1e6 + 3 * a - b};
    }
    NormalBaselines sums = NormalBaselines.of(Batch.of(rows), Batch.of(rows));
    assertTrue(Double.isNaN(sums.full()));
    assertEquals(sums.independent(), sums.least());
    Batch few = Batch.of(Arrays.copyOf(rows, 2));
    assertTrue(Double.isNaN(NormalBaselines.of(few, few).full()), "two rows span no three columns");
    for (double[] row : rows) {
      row[2] = 4;
    }
    NormalBaselines constant = NormalBaselines.of(Batch.of(rows), Batch.of(rows));
    assertTrue(Double.isNaN(constant.independent()) && Double.isNaN(constant.full()));
    assertTrue(Double.isNaN(constant.least()));
  }
}
