package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A field with a time of each row gives what it gives for the rows one by one. */
final class RowTimesTest {

  private static final int ROWS = 6;
  private static final int DIM = 3;
  private static final int CONTEXT = 2;

  private static Stream<Arguments> cases() {
    return SmallModels.layers().stream()
        .flatMap(
            layer ->
                Stream.of(DType.values())
                    .flatMap(
                        dtype ->
                            Stream.of(true, false)
                                .map(units -> Arguments.of(layer, dtype, units))));
  }

  /** A field of random rows, times and contexts. */
  private static final class Fixture {
    final Backend backend;
    final Parameters parameters;
    final VectorField field;
    final double[] times = SmallModels.rows(ROWS, 1, SEED);
    final double[] z = SmallModels.rows(ROWS, DIM, SEED + 1);
    final double[] context = SmallModels.rows(ROWS, CONTEXT, SEED + 2);
    final double[] weights = SmallModels.rows(ROWS, (1 + DIM) * DIM + 1, SEED + 3);

    Fixture(Backend backend, String layer) {
      this.backend = backend;
      this.parameters = new Parameters(backend);
      ModelConfig config = SmallModels.config(layer, DIM, CONTEXT, 5, 1);
      SplittableRandom random = new SplittableRandom(SEED);
      this.field = FieldKind.create(config.flow(), parameters, "f", random);
      double[] values = parameters.get();
      Arrays.setAll(values, i -> values[i] + random.nextDouble(-0.5, 0.5));
      parameters.set(values);
    }

    /** Results of some rows: value, tangents, trace, and gradients of a sum of these. */
    Result evaluate(int from, int to, boolean units) {
      int n = to - from;
      Matrix stack = backend.allocate((1 + DIM) * n, DIM);
      double[] numbers = new double[stack.size()];
      System.arraycopy(z, from * DIM, numbers, 0, n * DIM);
      for (int k = 0; k < DIM; k++) {
        for (int i = 0; i < n; i++) {
          numbers[((1 + k) * n + i) * DIM + k] = 1;
        }
      }
      backend.upload(numbers, 0, stack);
      Matrix directions = stack.rows(n, stack.rows());
      Tape tape = Tape.recording(backend);
      Var t = SmallModels.input(tape, Arrays.copyOfRange(times, from, to), 1);
      Var state = units ? tape.inputWithUnits(stack, n) : tape.input(stack, n);
      double[] conditions = Arrays.copyOfRange(context, from * CONTEXT, to * CONTEXT);
      Var c = SmallModels.input(tape, conditions, CONTEXT);
      Var f = field.at(tape, t, state, c);
      // Before the tangents are asked for, which need not be there for the trace.
      Var trace = units ? tape.tangentTrace(f, directions) : tape.tangentDots(f, directions, 1);
      Var loss = weighted(tape, trace, from, (1 + DIM) * DIM);
      loss = tape.add(loss, weighted(tape, tape.value(f), from, 0));
      List<double[]> values = new ArrayList<>();
      values.add(SmallModels.read(backend, f.value()));
      values.add(SmallModels.read(backend, trace.value()));
      if (!units) {
        for (int k = 0; k < f.tangents(); k++) {
          Var tangent = tape.tangent(f, k);
          values.add(SmallModels.read(backend, tangent.value()));
          loss = tape.add(loss, weighted(tape, tangent, from, (1 + k) * DIM));
        }
      }
      parameters.zeroGradient();
      tape.backward(loss);
      values.add(SmallModels.read(backend, t.gradient()));
      values.add(SmallModels.read(backend, state.gradient()));
      values.add(SmallModels.read(backend, c.gradient()));
      return new Result(values, parameters.gradient());
    }

    /** The sum of a matrix' elements with weights of each row, from a column of these on. */
    private Var weighted(Tape tape, Var x, int from, int column) {
      double[] own = new double[x.rows() * x.cols()];
      int width = (1 + DIM) * DIM + 1;
      for (int i = 0; i < own.length; i++) {
        own[i] = weights[(from + i / x.cols()) * width + column + i % x.cols()];
      }
      Var factors = tape.constant(own, x.rows(), x.cols());
      return tape.columnSum(tape.rowSum(tape.multiply(x, factors)));
    }
  }

  /**
   * What was computed.
   *
   * @param ofRows arrays that have a part for each row
   */
  @SuppressWarnings("ArrayRecordComponent") // looked at, not compared
  private record Result(List<double[]> ofRows, double[] parameters) {}

  @ParameterizedTest
  @MethodSource("cases")
  void rowsTogetherAreRowsOneByOne(String layer, DType dtype, boolean units) {
    try (Backend backend = new CpuBackend(dtype)) {
      Fixture fixture = new Fixture(backend, layer);
      double tolerance = dtype == DType.FLOAT64 ? 1e-12 : 2e-4;
      Result together = fixture.evaluate(0, ROWS, units);
      List<Result> alone =
          IntStream.range(0, ROWS).mapToObj(i -> fixture.evaluate(i, i + 1, units)).toList();
      double[] sum = new double[together.parameters().length];
      for (int i = 0; i < ROWS; i++) {
        double[] own = alone.get(i).parameters();
        Arrays.setAll(sum, j -> sum[j] + own[j]);
      }
      assertArrayEquals(sum, together.parameters(), tolerance, "parameters, seed " + SEED);
      for (int a = 0; a < together.ofRows().size(); a++) {
        int array = a;
        double[] expected =
            alone.stream().flatMapToDouble(r -> Arrays.stream(r.ofRows().get(array))).toArray();
        String what = "array %d, seed %d".formatted(a, SEED);
        assertArrayEquals(expected, together.ofRows().get(a), tolerance, what);
      }
    }
  }

  private static Stream<String> layers() {
    return SmallModels.layers().stream();
  }

  /** The same time in every row is one time. */
  @ParameterizedTest
  @MethodSource("layers")
  void equalTimesAreOneTime(String layer) {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, layer);
      Tape tape = Tape.evaluating(backend);
      Var z = tape.constant(fixture.z, ROWS, DIM);
      Var context = tape.constant(fixture.context, ROWS, CONTEXT);
      double[] same = new double[ROWS];
      Arrays.fill(same, 0.3);
      Var one = fixture.field.at(tape, tape.constant(0.3), z, context);
      Var each = fixture.field.at(tape, tape.constant(same, ROWS, 1), z, context);
      double[] expected = SmallModels.read(backend, one.value());
      assertArrayEquals(expected, SmallModels.read(backend, each.value()), 1e-13, "seed " + SEED);
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void otherNumbersOfTimesAreRefused(String layer) {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      Fixture fixture = new Fixture(backend, layer);
      Tape tape = Tape.evaluating(backend);
      Var z = tape.constant(fixture.z, ROWS, DIM);
      Var context = tape.constant(fixture.context, ROWS, CONTEXT);
      for (int[] shape : new int[][] {{2, 1}, {0, 1}, {1, ROWS}}) {
        Var times = tape.constant(backend.allocate(shape[0], shape[1]));
        assertFails(ErrorKey.SHAPE_MISMATCH, () -> at(fixture.field, tape, times, z, context));
      }
    }
  }

  private static void at(VectorField field, Tape tape, Var times, Var z, @Nullable Var context) {
    field.at(tape, times, z, context);
  }
}
