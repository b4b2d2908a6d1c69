package org.fjordflow.core.autodiff;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory, sweeps, seeds and accumulated gradients of a tape. */
abstract class TapeSweepContract extends TapeFieldContract {

  /** A vector field on random states, with everything that its gradient needs. */
  static final class Fixture {
    final Backend backend;
    final HandWrittenField field;
    final Matrix time;
    final Matrix units;
    final Matrix stack;
    final int n;

    Fixture(Backend backend, int n) {
      this.backend = backend;
      this.n = n;
      GradientCheck check = new GradientCheck(backend, GradientCheck.defaultSeed(), "fixture");
      field = new HandWrittenField(check, 2);
      time = check.uniform(1, 1, 0.2, 0.8);
      units = HandWrittenField.units(check, n, 2);
      stack = HandWrittenField.stack(check, check.uniform(n, 2, -1, 1), units);
    }

    Var loss(Tape tape, Var t, Var z) {
      return tape.mean(field.fieldAndTrace(tape, t, z, units));
    }

    /** One pass and sweep; returns loss and gradients of t and z. */
    double[] sweep(Tape tape) {
      Var t = tape.input(time);
      Var z = tape.input(stack, n);
      Var loss = loss(tape, t, z);
      tape.backward(loss);
      return join(download(loss.value()), download(t.gradient()), download(z.gradient()));
    }

    void zeroGradient() {
      field.parameters().forEach(p -> backend.fill(0, p.gradient()));
    }

    double[] gradient() {
      return join(
          field.parameters().stream().map(p -> download(p.gradient())).toArray(double[][]::new));
    }

    double[] download(Matrix m) {
      double[] values = new double[m.size()];
      backend.download(m, values, 0);
      return values;
    }
  }

  static double[] join(double[]... parts) {
    return Arrays.stream(parts).flatMapToDouble(DoubleStream::of).toArray();
  }

  static double[] times(double factor, double[] values) {
    return Arrays.stream(values).map(x -> factor * x).toArray();
  }

  private static void assertFinite(double[] values) {
    assertTrue(Arrays.stream(values).allMatch(Double::isFinite), () -> Arrays.toString(values));
  }

  static String seed() {
    return "seed " + GradientCheck.defaultSeed();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 700})
  void resetGivesTheSameBitsInTheSameMemory(int n) {
    try (Backend backend = create(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, n);
      Tape tape = Tape.recording(backend);
      double[] first = fixture.sweep(tape);
      double[] gradient = fixture.gradient();
      assertFinite(first);
      assertFinite(gradient);
      long bytes = tape.bytes();
      for (int pass = 0; pass < 3; pass++) {
        tape.reset();
        fixture.zeroGradient();
        assertArrayEquals(first, fixture.sweep(tape), seed());
        assertArrayEquals(gradient, fixture.gradient(), seed());
        assertEquals(bytes, tape.bytes());
      }
    }
  }

  /** What a computation needs is what a new tape holds, whatever this one was used for. */
  @Test
  void ownBytesAreThoseOfANewTape() {
    try (Backend backend = create(DType.FLOAT64)) {
      Tape used = Tape.recording(backend);
      assertEquals(0, used.ownBytes());
      for (int n : new int[] {3, 40, 700, 0, 41, 2000, 1, 700}) {
        Fixture fixture = new Fixture(backend, n);
        Tape fresh = Tape.recording(backend);
        fixture.sweep(fresh);
        assertEquals(fresh.bytes(), fresh.ownBytes(), "n " + n);
        used.reset();
        assertEquals(0, used.ownBytes());
        fixture.sweep(used);
        assertEquals(fresh.bytes(), used.ownBytes(), "n " + n);
      }
    }
  }

  @Test
  void nothingIsReadBeforeItIsWritten() {
    try (Backend backend = create(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, 3);
      Tape tape = Tape.recording(backend);
      double[] first = fixture.sweep(tape);
      double[] gradient = fixture.gradient();
      long bytes = tape.bytes();
      tape.reset();
      backend.fill(Double.NaN, tape.take(1, (int) (bytes / Double.BYTES)));
      assertEquals(bytes, tape.bytes(), "all memory is in one piece, and all of it is NaN");
      tape.reset();
      fixture.zeroGradient();
      assertArrayEquals(first, fixture.sweep(tape), seed());
      assertArrayEquals(gradient, fixture.gradient(), seed());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 40})
  void evaluatingAndRecordingGiveTheSameBits(int n) {
    try (Backend backend = create(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, n);
      Tape recording = Tape.recording(backend);
      Tape evaluating = Tape.evaluating(backend);
      double[][] stacks = new double[2][];
      for (Tape tape : List.of(recording, evaluating)) {
        Var z = tape.input(fixture.stack, n);
        Var f = fixture.field.apply(tape, tape.input(fixture.time), z);
        stacks[tape.isRecording() ? 0 : 1] = fixture.download(f.stack());
      }
      assertArrayEquals(stacks[0], stacks[1], seed());
    }
  }

  @Test
  void gradientsAddUpOverSweepsAndWeights() {
    try (Backend backend = create(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, 3);
      Tape tape = Tape.recording(backend);
      fixture.sweep(tape);
      double[] once = fixture.gradient();
      tape.accumulate(-2.5);
      assertArrayEquals(times(-1.5, once), fixture.gradient(), 1e-14, seed());
      tape.reset();
      fixture.sweep(tape);
      assertArrayEquals(times(-0.5, once), fixture.gradient(), 1e-14, seed());
    }
  }

  @Test
  void seedsOfSeveralOutputsAddUp() {
    try (Backend backend = create(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, 3);
      GradientCheck draw = new GradientCheck(backend, GradientCheck.defaultSeed(), "seeds");
      Matrix slopeBar = draw.uniform(3, 2, -1, 1);
      Matrix dotsBar = draw.uniform(3, 1, -1, 1);
      double[][] got = new double[2][];
      for (boolean seeded : new boolean[] {true, false}) {
        fixture.zeroGradient();
        Tape tape = Tape.recording(backend);
        Var t = tape.input(fixture.time);
        Var z = tape.input(fixture.stack, 3);
        Var f = fixture.field.apply(tape, t, z);
        Var dots = tape.tangentDots(f, fixture.units, 1);
        if (seeded) {
          // f has differentiable tangents; its value is seeded in two parts.
          Matrix part = tape.take(3, 2);
          backend.add(0.25, slopeBar, 0, part);
          tape.seed(f, part);
          backend.add(0.75, slopeBar, 0, part);
          tape.seed(f, part);
          tape.seed(dots, dotsBar);
          tape.reverse();
          tape.accumulate(1);
        } else {
          Var a = tape.rowSum(tape.multiply(tape.value(f), tape.constant(slopeBar)));
          Var b = tape.multiply(dots, tape.constant(dotsBar));
          tape.backward(tape.columnSum(tape.add(a, b)));
        }
        got[seeded ? 0 : 1] =
            join(
                fixture.download(t.gradient()), fixture.download(z.gradient()), fixture.gradient());
      }
      assertArrayEquals(got[1], got[0], 1e-13, seed());
    }
  }

  @Test
  void branchesThatAreNotReachedHaveNoGradient() {
    try (Backend backend = create(DType.FLOAT64)) {
      GradientCheck draw = new GradientCheck(backend, GradientCheck.defaultSeed(), "branches");
      Matrix x = draw.uniform(3, 2, -1, 1);
      Parameter used = new Parameter("used", draw.uniform(2, 2, -1, 1), backend.allocate(2, 2));
      Parameter unused = new Parameter("unused", draw.uniform(2, 2, -1, 1), backend.allocate(2, 2));
      Tape tape = Tape.recording(backend);
      Var reached = tape.input(x);
      Var apart = tape.input(x);
      Var y = tape.layer(Elementwise.TANH, reached, tape.parameter(used), null, null);
      Var both = tape.layer(Elementwise.TANH, apart, tape.parameter(unused), null, null);
      tape.multiply(both, y);
      tape.columns(both, 0, 1);
      tape.mean(both);
      tape.concat(both, y);
      tape.apply(Elementwise.SIN, both);
      tape.custom(
          List.of(both),
          List.of(tape.take(1, 1)),
          (given, wanted) -> {
            throw new AssertionError("the reverse of a branch that is not reached");
          });
      tape.backward(tape.mean(y));
      double[] values = new double[6];
      backend.download(apart.gradient(), values, 0);
      assertArrayEquals(new double[6], values);
      backend.download(unused.gradient(), values, 0);
      assertArrayEquals(new double[6], values);
      backend.download(used.gradient(), values, 0);
      assertTrue(Arrays.stream(values).anyMatch(v -> v != 0), seed());
    }
  }

  /** A batch without rows goes through every operation, there and back. */
  @Test
  void anEmptyBatchHasGradientsOfZero() {
    try (Backend backend = create(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, 0);
      Tape tape = Tape.recording(backend);
      assertArrayEquals(new double[2], fixture.sweep(tape), "loss and gradient of time");
      assertArrayEquals(new double[fixture.gradient().length], fixture.gradient());
      tape.reset();
      Var x = tape.input(backend.allocate(0, 3), 0);
      Var row = tape.input(backend.allocate(1, 3));
      Var y = tape.multiply(row, tape.add(row, tape.subtract(x, row)));
      y = tape.add(tape.constant(2), tape.affine(3, tape.apply(Elementwise.EXP, y), 1));
      y = tape.concat(tape.columns(y, 0, 2), tape.logSumExp(tape.reshape(y, 0, 3)));
      y = tape.add(y, tape.repeat(row, 0));
      y = tape.multiply(y, tape.tangent(x, 1));
      assertEquals(0, y.rows());
      assertEquals(3, y.cols());
      tape.backward(tape.mean(y));
      assertArrayEquals(new double[3], fixture.download(row.gradient()));
      assertEquals(0, x.gradient().rows());
    }
  }
}
