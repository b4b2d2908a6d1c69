package org.fjordflow.core.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is computed without multiplying by unit vectors is what is computed with them; the latter is
 * compared with finite differences elsewhere.
 */
abstract class TapeUnitContract extends TapeSweepContract {

  private static final int ROWS = 5;
  private static final int DIM = 3;
  private static final int HIDDEN = 4;

  /** The case that has one weight for all rows. */
  private static final String COMPUTED_WEIGHT = "a weight that is computed";

  /** A field of z, given a gate or time (1 x HIDDEN, or one a row) and weights. */
  private interface Field {
    Var apply(Tape tape, Var z, Var row, List<Var> w);
  }

  private record Case(String name, Field field) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Var linear(Tape tape, Var x, Var weight) {
    return tape.layer(Elementwise.IDENTITY, x, weight, null, null);
  }

  static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    add(
        cases,
        "gates and shifts",
        (tape, z, row, w) -> {
          Var h = tape.layer(Elementwise.TANH, z, w.get(0), row, row);
          h = tape.layer(Elementwise.SOFTPLUS, h, w.get(1), null, row);
          Var gate = tape.slice(row, 0, DIM);
          return tape.layer(Elementwise.IDENTITY, h, w.get(2), gate, gate);
        });
    add(
        cases,
        "columns before and behind",
        (tape, z, row, w) -> {
          Var time = tape.repeat(tape.slice(row, 0, 1), z.rows());
          Var h = tape.layer(Elementwise.TANH, tape.concat(time, z), w.get(1), null, null);
          h = tape.apply(Elementwise.SWISH, tape.concat(h));
          return linear(tape, h, w.get(2));
        });
    add(
        cases,
        "context behind",
        (tape, z, row, w) -> {
          Var context = tape.repeat(tape.slice(row, 1, 2), z.rows());
          Var h = tape.layer(Elementwise.TANH, tape.concat(z, context), w.get(1), null, row);
          return linear(tape, h, w.get(2));
        });
    add(cases, "one layer", (tape, z, row, w) -> linear(tape, z, w.get(3)));
    add(
        cases,
        "one layer and its function",
        (tape, z, row, w) -> tape.layer(Elementwise.TANH, z, w.get(3), null, null));
    add(
        cases,
        "linear layers in a chain",
        (tape, z, row, w) -> {
          Var h = tape.layer(Elementwise.TANH, z, w.get(3), null, null);
          return linear(tape, linear(tape, h, w.get(3)), w.get(3));
        });
    add(
        cases,
        COMPUTED_WEIGHT,
        (tape, z, row, w) -> {
          Var all = tape.columnSum(tape.multiply(w.get(1), w.get(1)));
          Var weights = tape.concat(all, all, row);
          Var h = tape.layer(Elementwise.SIN, z, tape.reshape(weights, HIDDEN, DIM), row, null);
          Var last = tape.reshape(weights, DIM, HIDDEN);
          return tape.layer(Elementwise.IDENTITY, h, last, tape.slice(row, 1, HIDDEN), null);
        });
    add(
        cases,
        "a masked weight",
        (tape, z, row, w) -> {
          Var h = tape.layer(Elementwise.TANH, z, w.get(4), row, null);
          return linear(tape, h, w.get(2));
        });
    add(
        cases,
        "something after the last layer",
        (tape, z, row, w) -> {
          Var h = tape.layer(Elementwise.TANH, z, w.get(0), row, null);
          return tape.add(tape.multiply(linear(tape, h, w.get(2)), z), z);
        });
    add(
        cases,
        "tangents that are asked for besides",
        (tape, z, row, w) -> {
          Var h = tape.layer(Elementwise.TANH, z, w.get(0), row, null);
          Var f = linear(tape, h, w.get(2));
          return tape.add(tape.value(f), tape.tangent(f, 1));
        });
    add(
        cases,
        "the norm of the value besides",
        (tape, z, row, w) -> {
          Var h = tape.layer(Elementwise.TANH, z, w.get(0), row, null);
          Var f = linear(tape, h, w.get(2));
          return tape.sum(1, f, 1, tape.squaredNorms(f, 0.7, 0, 0, 0));
        });
    add(
        cases,
        "norms of tangents besides",
        (tape, z, row, w) -> {
          Var h = tape.layer(Elementwise.TANH, z, w.get(0), row, null);
          Var f = linear(tape, h, w.get(2));
          return tape.sum(1, f, 1, tape.squaredNorms(f, 0.7, 1, 0, 0.5));
        });
    add(
        cases,
        "a layer of the same width that is not the last",
        (tape, z, row, w) -> {
          Var h = tape.layer(Elementwise.TANH, z, w.get(0), row, null);
          h = tape.apply(Elementwise.SOFTPLUS, linear(tape, h, w.get(2)));
          return linear(tape, h, w.get(3));
        });
    add(
        cases,
        "a normalised input of the last layer",
        (tape, z, row, w) -> {
          Var h = tape.layer(Elementwise.TANH, z, w.get(0), row, null);
          h =
              tape.reshape(
                  tape.layerNorm(tape.reshape(h, 2 * ROWS, HIDDEN / 2), 0.1), ROWS, HIDDEN);
          return linear(tape, h, w.get(2));
        });
    add(cases, "no tangents", (tape, z, row, w) -> tape.repeat(tape.slice(row, 0, DIM), ROWS));
    return cases;
  }

  private static void add(List<Case> cases, String name, Field field) {
    cases.add(new Case(name, field));
  }

  /** Values, trace and gradients in one way or the other. */
  private static double[] results(
      Backend backend, Case each, int times, boolean units, boolean traced) {
    GradientCheck check = new GradientCheck(backend, GradientCheck.defaultSeed(), each.name());
    List<Parameter> parameters = new ArrayList<>();
    int[][] shapes = {{HIDDEN, DIM}, {HIDDEN, HIDDEN}, {DIM, HIDDEN}, {DIM, DIM}};
    for (int[] shape : shapes) {
      Matrix value = check.uniform(shape[0], shape[1], -0.9, 0.9);
      parameters.add(new Parameter("w", value, backend.allocate(shape[0], shape[1])));
    }
    Matrix row = check.uniform(times, HIDDEN, 0.4, 1.2);
    Matrix mask = check.uniform(HIDDEN, DIM, 0, 2);
    Matrix directions = HandWrittenField.units(check, ROWS, DIM);
    Matrix stack = HandWrittenField.stack(check, check.uniform(ROWS, DIM, -1, 1), directions);

    Tape tape = Tape.recording(backend);
    Var z = units ? tape.inputWithUnits(stack, ROWS) : tape.input(stack, ROWS);
    Var time = tape.input(row);
    List<Var> w = new ArrayList<>();
    parameters.forEach(p -> w.add(tape.parameter(p)));
    w.add(tape.masked(parameters.get(0), mask));
    Var f = each.field().apply(tape, z, time, w);
    Var trace = units ? tape.tangentTrace(f, directions) : tape.tangentDots(f, directions, 1);
    Var loss = check.functional(tape, tape.value(f));
    if (traced) {
      loss = tape.add(loss, check.functional(tape, trace));
    }
    tape.backward(loss);
    tape.accumulate(0.5);
    List<double[]> all = new ArrayList<>();
    all.add(download(backend, f.value()));
    all.add(download(backend, trace.value()));
    all.add(download(backend, z.gradient()));
    all.add(download(backend, time.gradient()));
    parameters.forEach(p -> all.add(download(backend, p.gradient())));
    return join(all.toArray(double[][]::new));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void traceAndGradientsAreThoseOfProductsWithUnitVectors(Case each) {
    try (Backend backend = create(DType.FLOAT64)) {
      for (boolean traced : new boolean[] {true, false}) {
        assertArrayEquals(
            results(backend, each, 1, false, traced),
            results(backend, each, 1, true, traced),
            1e-13,
            seed());
        if (!each.name().equals(COMPUTED_WEIGHT)) {
          assertArrayEquals(
              results(backend, each, ROWS, false, traced),
              results(backend, each, ROWS, true, traced),
              1e-13,
              "a time of each row, " + seed());
        }
      }
    }
  }

  /** The tangents are all there for who asks for them. */
  @ParameterizedTest
  @MethodSource("cases")
  void tangentsAreThoseOfProductsWithUnitVectors(Case each) {
    try (Backend backend = create(DType.FLOAT64)) {
      GradientCheck check = new GradientCheck(backend, GradientCheck.defaultSeed(), each.name());
      Matrix directions = HandWrittenField.units(check, ROWS, DIM);
      Matrix stack = HandWrittenField.stack(check, check.uniform(ROWS, DIM, -1, 1), directions);
      Matrix row = check.uniform(1, HIDDEN, 0.4, 1.2);
      List<Matrix> weights = new ArrayList<>();
      int[][] shapes = {{HIDDEN, DIM}, {HIDDEN, HIDDEN}, {DIM, HIDDEN}, {DIM, DIM}, {HIDDEN, DIM}};
      for (int[] shape : shapes) {
        weights.add(check.uniform(shape[0], shape[1], -0.9, 0.9));
      }
      double[][] both = new double[2][];
      for (int way = 0; way < 2; way++) {
        Tape tape = Tape.evaluating(backend);
        Var z = way == 0 ? tape.input(stack, ROWS) : tape.inputWithUnits(stack, ROWS);
        List<Var> w = weights.stream().map(tape::constant).toList();
        Var f = each.field().apply(tape, z, tape.constant(row), w);
        both[way] = download(backend, f.stack());
      }
      assertArrayEquals(both[0], both[1], 1e-14, seed());
    }
  }

  @Test
  void unitVectorsAreAsManyAsColumns() {
    try (Backend backend = create(DType.FLOAT64)) {
      Tape tape = Tape.evaluating(backend);
      Matrix stack = backend.allocate(3 * 2, 3);
      FjordException e = assertThrows(FjordException.class, () -> tape.inputWithUnits(stack, 2));
      assertEquals(ErrorKey.SHAPE_MISMATCH, e.key());
      assertEquals(0, tape.inputWithUnits(backend.allocate(0, 3), 0).tangents());
    }
  }
}
