package org.fjordflow.core.autodiff;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.internal.Gradients;
import org.fjordflow.core.autodiff.internal.SharedWeights;
import org.fjordflow.core.autodiff.internal.Transposes;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What several tapes have in common: sums of gradients, transposes of weights. */
abstract class TapeSharingContract extends TapeUnitContract {

  private static double[] sums(Fixture fixture, Gradients sums) {
    return join(
        fixture.field.parameters().stream()
            .map(p -> fixture.download(sums.of(p)))
            .toArray(double[][]::new));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 40})
  void gradientsIntoSumsAreThoseIntoParameters(int n) {
    try (Backend backend = create(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, n);
      Tape tape = Tape.recording(backend);
      fixture.sweep(tape);
      fixture.zeroGradient();
      tape.accumulate(-2.5);
      double[] expected = fixture.gradient();
      double[] zeros = new double[expected.length];
      fixture.zeroGradient();
      Gradients sums = new Gradients(backend);
      assertEquals(backend, sums.backend());
      assertArrayEquals(zeros, sums(fixture, sums), "at first");
      tape.accumulate(-2.5, sums);
      assertArrayEquals(expected, sums(fixture, sums), seed());
      assertArrayEquals(zeros, fixture.gradient(), "the parameters' own are left alone");
      tape.accumulate(1.25, sums);
      assertArrayEquals(times(0.5, expected), sums(fixture, sums), 1e-14, seed());
    }
  }

  @Test
  void flushingAddsToParametersAndClearingForgets() {
    try (Backend backend = create(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, 3);
      Tape tape = Tape.recording(backend);
      fixture.sweep(tape);
      double[] once = fixture.gradient();
      double[] zeros = new double[once.length];
      Gradients sums = new Gradients(backend);
      sums.flush(null);
      sums.clear();
      assertArrayEquals(once, fixture.gradient(), "nothing was gathered");
      tape.accumulate(1, sums);
      sums.flush(null);
      assertArrayEquals(times(2, once), fixture.gradient(), 1e-14, seed());
      assertArrayEquals(zeros, sums(fixture, sums), "after flush");
      sums.flush(null);
      assertArrayEquals(times(2, once), fixture.gradient(), 1e-14, seed());
      tape.accumulate(1, sums);
      sums.clear();
      assertArrayEquals(zeros, sums(fixture, sums), "after clear");
      tape.accumulate(0.5, sums);
      sums.flush(null);
      assertArrayEquals(times(2.5, once), fixture.gradient(), 1e-14, seed());
    }
  }

  /** Sums belong to nobody: those of two tapes are one, those of one tape may be two. */
  @Test
  void sumsAndTapesAreIndependent() {
    try (Backend backend = create(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, 3);
      Tape one = Tape.recording(backend);
      Tape other = Tape.recording(backend);
      fixture.sweep(one);
      double[] once = fixture.gradient();
      fixture.sweep(other);
      Gradients both = new Gradients(backend);
      Gradients single = new Gradients(backend);
      one.accumulate(1, both);
      other.accumulate(1, both);
      other.accumulate(1, single);
      assertArrayEquals(times(2, once), sums(fixture, both), 1e-14, seed());
      assertArrayEquals(once, sums(fixture, single), seed());
    }
  }

  @Test
  void thereAreNoGradientsBeforeTheSweep() {
    try (Backend backend = create(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, 3);
      Tape tape = Tape.recording(backend);
      Gradients sums = new Gradients(backend);
      fixture.loss(tape, tape.input(fixture.time), tape.input(fixture.stack, 3));
      assertFails(ErrorKey.UNSUPPORTED, () -> tape.accumulate(1, sums));
      tape.reset();
      fixture.sweep(tape);
      tape.reset();
      assertFails(ErrorKey.UNSUPPORTED, () -> tape.accumulate(1, sums));
    }
  }

  private static double[] withGradient(Fixture fixture, Tape tape) {
    fixture.zeroGradient();
    double[] swept = fixture.sweep(tape);
    return join(swept, fixture.gradient());
  }

  /** New weights, the first of them wide enough to matter. */
  private static void move(Fixture fixture, int round) {
    for (Parameter p : fixture.field.parameters()) {
      double[] values = fixture.download(p.value());
      for (int i = 0; i < values.length; i++) {
        values[i] = Math.sin(values[i] + round + 0.1 * i);
      }
      fixture.backend.upload(values, 0, p.value());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 40})
  void keptTransposesChangeRoundingAtMost(int n) {
    try (Backend backend = create(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, n);
      Transposes transposes = new Transposes();
      Tape plain = Tape.recording(backend);
      Tape recording = Tape.recording(backend, transposes);
      Tape evaluating = Tape.evaluating(backend, transposes);
      for (int round = 0; round < 3; round++) {
        plain.reset();
        double[] expected = withGradient(fixture, plain);
        for (int again = 0; again < 2; again++) {
          recording.reset();
          assertArrayEquals(expected, withGradient(fixture, recording), 1e-13, seed());
        }
        evaluating.reset();
        Var loss =
            fixture.loss(
                evaluating, evaluating.input(fixture.time), evaluating.input(fixture.stack, n));
        assertArrayEquals(
            new double[] {expected[0]}, fixture.download(loss.value()), 1e-13, seed());
        // Parameters change, as in a step of training.
        move(fixture, round);
        transposes.invalidate();
      }
    }
  }

  /** Weights on both sides of the size up to which transposes are kept. */
  @ParameterizedTest
  @ValueSource(ints = {1, 127, 128, 129, 200})
  void widthDoesNotMatter(int width) {
    try (Backend backend = create(DType.FLOAT64)) {
      GradientCheck draw = new GradientCheck(backend, GradientCheck.defaultSeed(), "width");
      Matrix x = draw.uniform(5, width, -1, 1);
      Parameter w =
          new Parameter(
              "w", draw.uniform(width + 1, width, -1, 1), backend.allocate(width + 1, width));
      double[][] got = new double[2][];
      for (boolean kept : new boolean[] {false, true}) {
        Tape tape = kept ? Tape.recording(backend, new Transposes()) : Tape.recording(backend);
        Var input = tape.input(x);
        Var y = tape.layer(Elementwise.TANH, input, tape.parameter(w), null, null);
        // A weight that is computed has no transpose that could be kept.
        Var square = tape.multiply(tape.parameter(w), tape.parameter(w));
        Var z = tape.layer(Elementwise.IDENTITY, input, square, null, null);
        backend.fill(0, w.gradient());
        tape.backward(tape.mean(tape.add(y, z)));
        double[] gradient = new double[(width + 1) * width];
        double[] values = new double[5 * (width + 1)];
        double[] inputs = new double[5 * width];
        backend.download(w.gradient(), gradient, 0);
        backend.download(y.value(), values, 0);
        backend.download(input.gradient(), inputs, 0);
        got[kept ? 1 : 0] = join(gradient, values, inputs);
      }
      assertArrayEquals(got[0], got[1], 1e-13, seed());
    }
  }

  /** Tapes that share a weight with its mask compute what a tape of its own does. */
  @Test
  void sharedMasksAreThoseOfEachTape() {
    try (Backend backend = create(DType.FLOAT64)) {
      GradientCheck draw = new GradientCheck(backend, GradientCheck.defaultSeed(), "masks");
      Matrix x = draw.uniform(5, 3, -1, 1);
      Matrix mask = draw.uniform(4, 3, -1, 1);
      Parameter w = new Parameter("w", draw.uniform(4, 3, -1, 1), backend.allocate(4, 3));
      SharedWeights shared = new SharedWeights(backend);
      Gradients sums = new Gradients(backend);
      Tape plain = Tape.recording(backend);
      Tape one = Tape.sharing(backend, true, shared);
      Tape other = Tape.sharing(backend, false, shared);
      for (int round = 0; round < 2; round++) {
        plain.reset();
        Var y = maskedLayer(plain, x, w, mask);
        backend.fill(0, w.gradient());
        plain.backward(plain.mean(y));
        shared.renew();
        one.reset();
        Var z = maskedLayer(one, x, w, mask);
        one.seed(z, constant(backend, 1.0 / 20));
        one.reverse();
        sums.clear();
        one.accumulate(1, sums);
        Parameter read = one.parameters().iterator().next();
        assertEquals(w, shared.source(read));
        assertEquals(w, shared.source(w));
        Matrix gradient = sums.of(read);
        shared.toSource(read, gradient);
        assertArrayEquals(Elements.of(backend, y.value()), Elements.of(backend, z.value()), 1e-14);
        assertArrayEquals(
            Elements.of(backend, w.gradient()), Elements.of(backend, gradient), 1e-14, seed());
        other.reset();
        assertArrayEquals(
            Elements.of(backend, z.value()),
            Elements.of(backend, maskedLayer(other, x, w, mask).value()));
        backend.add(0.5, x.rows(0, 4), 1, w.value());
      }
    }
  }

  private static Var maskedLayer(Tape tape, Matrix x, Parameter w, Matrix mask) {
    return tape.layer(Elementwise.TANH, tape.input(x), tape.masked(w, mask), null, null);
  }

  private static Matrix constant(Backend backend, double value) {
    Matrix m = backend.allocate(5, 4);
    backend.fill(value, m);
    return m;
  }

  /** Many tasks ask for the transposes of weights that have just changed. */
  @Test
  void severalThreadsMayShareTransposes() {
    int tasks = 12;
    try (Backend backend = create(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, 5);
      Transposes transposes = new Transposes();
      double[] before = {};
      for (int round = 0; round < 30; round++) {
        move(fixture, round);
        transposes.invalidate();
        double[] expected = stack(fixture, Tape.evaluating(backend, new Transposes()));
        assertFalse(Arrays.equals(before, expected), "the weights have moved");
        before = expected;
        double[][] got = new double[tasks][];
        backend.parallel(tasks, i -> got[i] = stack(fixture, Tape.recording(backend, transposes)));
        for (int i = 0; i < tasks; i++) {
          assertArrayEquals(expected, got[i], "task " + i + ", round " + round + ", " + seed());
        }
      }
    }
  }

  private static double[] stack(Fixture fixture, Tape tape) {
    Var z = tape.input(fixture.stack, fixture.n);
    return fixture.download(fixture.field.apply(tape, tape.input(fixture.time), z).stack());
  }
}
