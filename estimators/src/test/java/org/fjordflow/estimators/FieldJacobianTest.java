package org.fjordflow.estimators;

import static org.fjordflow.estimators.Estimation.MATRIX;
import static org.fjordflow.estimators.Estimation.SEED;
import static org.fjordflow.estimators.Estimation.linear;
import static org.fjordflow.estimators.Estimation.network;
import static org.fjordflow.estimators.Estimation.rows;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.nd4j.Nd4jBackend;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products with Jacobians, and estimates from them on every backend. */
final class FieldJacobianTest {

  @Test
  void multipliesEveryRowsJacobian() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      double[] directions = rows(6, 4, SEED); // two for each of three rows
      double[] z = rows(3, 4, SEED + 1);
      FieldJacobian jacobian = new FieldJacobian(backend, linear(MATRIX), 0, z, 4, null);
      double[] products = jacobian.apply(directions, 2);
      for (int at = 0; at < directions.length; at++) {
        double expected = 0;
        for (int j = 0; j < 4; j++) {
          expected += MATRIX[at % 4][j] * directions[at / 4 * 4 + j];
        }
        assertEquals(expected, products[at], 1e-14);
      }
      assertEquals(2, jacobian.products());
      VectorField constant = Estimation.constant(1, 2, 3, 4);
      assertArrayEquals(
          new double[directions.length],
          new FieldJacobian(backend, constant, 0, z, 4, null).apply(directions, 2));
    }
  }

  @Test
  void hasTimeAndContext() {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      VectorField field =
          (tape, t, z, context) ->
              tape.multiply(tape.multiply(z, java.util.Objects.requireNonNull(context)), t);
      Matrix context = backend.allocate(2, 1);
      backend.upload(new double[] {3, -5}, 0, context);
      double[] z = {1, 2, 3, 4};
      FieldJacobian jacobian = new FieldJacobian(backend, field, 0.5, z, 2, context);
      assertArrayEquals(new double[] {1.5, 3, -5, 0}, jacobian.apply(new double[] {1, 2, 2, 0}, 1));
    }
  }

  private static Stream<Divergence> divergences() {
    return Stream.of(
        new ExactTrace(),
        new Hutchinson(ProbeDistribution.RADEMACHER, 3),
        new Hutchinson(ProbeDistribution.ORTHOGONAL, 3),
        new Hutchinson(ProbeDistribution.HADAMARD, 3),
        new HutchPlusPlus(2, 2));
  }

  @ParameterizedTest
  @MethodSource("divergences")
  void backendsAgree(Divergence divergence) {
    double[] cpu;
    double[] single;
    double[] nd4j;
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      cpu = estimates(backend, divergence);
    }
    try (Backend backend = new CpuBackend(DType.FLOAT32)) {
      single = estimates(backend, divergence);
    }
    try (Backend backend = new Nd4jBackend(DType.FLOAT64)) {
      nd4j = estimates(backend, divergence);
    }
    assertArrayEquals(cpu, nd4j, 1e-12);
    assertArrayEquals(cpu, single, 1e-4);
  }

  private static double[] estimates(Backend backend, Divergence divergence) {
    VectorField field = network(new Parameters(backend), 5, SEED);
    double[] z = rows(6, 5, SEED);
    FieldJacobian jacobian = new FieldJacobian(backend, field, 0.3, z, 5, null);
    return jacobian.estimates(divergence, new SplittableRandom(SEED));
  }
}
