package org.fjordflow.core.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a flow computes from a vector field: f, J v, the trace, and the gradient of them all. */
abstract class TapeFieldContract extends TapeLayerContract {

  private static final double RTOL = 1e-8;

  private static GradientCheck check(Backend backend, String name) {
    return new GradientCheck(backend, GradientCheck.defaultSeed(), name);
  }

  static double[] download(Backend backend, Matrix m) {
    double[] values = new double[m.size()];
    backend.download(m, values, 0);
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void fieldAndItsTangentsAgreeWithFiniteDifferences(int n) {
    try (Backend backend = create(DType.FLOAT64)) {
      GradientCheck check = check(backend, "f and J v, n " + n);
      HandWrittenField field = new HandWrittenField(check, 3);
      field.parameters().forEach(check::parameter);
      check.input(check.uniform(1, 1, 0.2, 0.8));
      check.input(check.uniform(3 * n, 3, -1, 1), n);
      check.assertDerivatives(RTOL, (tape, in) -> field.apply(tape, in.get(0), in.get(1)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5})
  void gradientOfTraceAndFieldAgreesWithFiniteDifferences(int n) {
    try (Backend backend = create(DType.FLOAT64)) {
      GradientCheck check = check(backend, "f + tr J, n " + n);
      int dim = 3;
      HandWrittenField field = new HandWrittenField(check, dim);
      field.parameters().forEach(check::parameter);
      check.input(check.uniform(1, 1, 0.2, 0.8));
      Matrix units = HandWrittenField.units(check, n, dim);
      check.input(HandWrittenField.stack(check, check.uniform(n, dim, -1, 1), units), n);
      check.assertGradients(
          RTOL, (tape, in) -> field.fieldAndTrace(tape, in.get(0), in.get(1), units));
    }
  }

  /** The trace by tangents against one differentiated column by column. */
  @Test
  void traceAgreesWithFiniteDifferences() {
    try (Backend backend = create(DType.FLOAT64)) {
      int n = 4;
      int dim = 3;
      GradientCheck check = check(backend, "tr J");
      HandWrittenField field = new HandWrittenField(check, dim);
      Matrix z = check.uniform(n, dim, -1, 1);
      Matrix units = HandWrittenField.units(check, n, dim);
      Tape tape = Tape.evaluating(backend);
      Var t = tape.constant(0.4);
      Var f = field.apply(tape, t, tape.input(HandWrittenField.stack(check, z, units), n));
      double[] trace = download(backend, tape.tangentDots(f, units, 1).value());
      double[] expected = new double[n];
      double h = 1e-3;
      double[] factors = {1 / 12.0, -8 / 12.0, 8 / 12.0, -1 / 12.0};
      double[] places = {-2 * h, -h, h, 2 * h};
      for (int j = 0; j < dim; j++) {
        for (int p = 0; p < places.length; p++) {
          Matrix moved = backend.allocate(n, dim);
          backend.copy(z, moved);
          backend.add(places[p], units.rows(j * n, (j + 1) * n), 1, moved);
          double[] fj = download(backend, field.apply(tape, t, tape.constant(moved)).value());
          for (int i = 0; i < n; i++) {
            expected[i] += factors[p] * fj[i * dim + j] / h;
          }
        }
      }
      assertArrayEquals(expected, trace, 1e-9, "seed " + GradientCheck.defaultSeed());
    }
  }
}
