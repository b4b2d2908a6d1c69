package org.fjordflow.estimators;

import static org.fjordflow.estimators.Estimation.MATRIX;
import static org.fjordflow.estimators.Estimation.SEED;
import static org.fjordflow.estimators.Estimation.constant;
import static org.fjordflow.estimators.Estimation.estimates;
import static org.fjordflow.estimators.Estimation.linear;
import static org.fjordflow.estimators.Estimation.network;
import static org.fjordflow.estimators.Estimation.rows;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Parameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The trace against closed forms and finite differences. */
final class ExactTraceTest {

  private static final double STEP = 1e-3;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final RandomGenerator unused = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    backend.close();
  }

  @Test
  void isTheTraceOfALinearField() {
    double[] z = rows(5, 4, SEED);
    double[][] found = estimates(backend, new ExactTrace(), linear(MATRIX), z, 4, unused);
    for (double[] row : found) {
      assertEquals(1, row.length);
      assertEquals(Estimation.trace(MATRIX), row[0], 1e-14);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 6})
  void isTheSumOfDifferencesOfANetwork(int dim) {
    VectorField field = network(new Parameters(backend), dim, SEED);
    double[] z = rows(5, dim, SEED);
    double[][] found = estimates(backend, new ExactTrace(), field, z, dim, unused);
    double[] expected = new double[5];
    for (int j = 0; j < dim; j++) {
      double[] ahead = values(field, moved(z, dim, j, STEP), dim);
      double[] behind = values(field, moved(z, dim, j, -STEP), dim);
      double[] farAhead = values(field, moved(z, dim, j, 2 * STEP), dim);
      double[] farBehind = values(field, moved(z, dim, j, -2 * STEP), dim);
      for (int i = 0; i < 5; i++) {
        int at = i * dim + j;
        expected[i] +=
            (8 * (ahead[at] - behind[at]) - (farAhead[at] - farBehind[at])) / (12 * STEP);
      }
    }
    for (int i = 0; i < 5; i++) {
      assertEquals(expected[i], found[i][0], 1e-10, "row " + i + ", seed " + SEED);
    }
  }

  @Test
  void isZeroForAConstantField() {
    double[][] found =
        estimates(backend, new ExactTrace(), constant(3, 4), rows(3, 2, SEED), 2, unused);
    for (double[] row : found) {
      assertEquals(0, row[0]);
    }
  }

  @Test
  void drawsNothing() {
    RandomGenerator fresh = new SplittableRandom(SEED);
    double[] directions = new ExactTrace().draw(2, 3, unused, Estimation.NOT_ASKED);
    assertEquals(fresh.nextLong(), unused.nextLong());
    for (int i = 0; i < directions.length; i++) {
      assertEquals(i / 6 == i % 3 ? 1 : 0, directions[i], "element " + i);
    }
    assertTrue(new ExactTrace().isExact());
    assertEquals(3, new ExactTrace().directions(3));
    assertEquals(1, new ExactTrace().estimates());
    assertEquals(0, new ExactTrace().varianceFactor(3));
  }

  private double[] values(VectorField field, double[] z, int dim) {
    Tape tape = Tape.evaluating(backend);
    Var f = field.apply(tape, tape.constant(0.3), tape.constant(z, z.length / dim, dim), null);
    double[] values = new double[z.length];
    backend.download(f.value(), values, 0);
    return values;
  }

  private static double[] moved(double[] z, int dim, int column, double h) {
    double[] result = z.clone();
    for (int i = column; i < z.length; i += dim) {
      result[i] += h;
    }
    return result;
  }
}
