package org.fjordflow.cnf.internal.field;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Mlp;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.nn.TimeLayer;
import org.fjordflow.core.nn.TimeLayerKind;
import org.fjordflow.estimators.Divergence;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Rows as columns have the field's values and divergences, and are the same wherever they stand.
 */
final class ColumnFieldTest {

  private static final int ROWS = 37;
  private static final int DIM = 3;
  private static final int CONTEXT = 2;
  private static final double FROM = 1.3;
  private static final double TO = -0.2;
  private static final long SEED = 8;

  /** What a name of a field is that is no kind of layer. */
  private static final String PLAIN = "mlp";

  private static Stream<Arguments> cases() {
    List<Arguments> all = new ArrayList<>();
    for (String kind :
        List.of("concatsquash", "squash", "concat_v2", "concat", "concatcoord", "ignore", PLAIN)) {
      for (DType dtype : DType.values()) {
        for (String divergence : List.of("none", "exact", "gaussian", "hutch++")) {
          all.add(Arguments.of(kind, dtype, divergence));
        }
      }
    }
    return all.stream();
  }

  private static double[] normal(int size, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return random.doubles(size).map(u -> 3 * u - 1.5).toArray();
  }

  private static VectorField field(Backend backend, String name, int inputs) {
    Parameters parameters = new Parameters(backend);
    SplittableRandom random = new SplittableRandom(SEED);
    if (name.equals(PLAIN)) {
      List<Integer> widths = List.of(inputs + 1, 18, 11, DIM);
      return new MlpField(Mlp.create(parameters, "field", widths, Activation.TANH, random));
    }
    TimeLayerKind kind = TimeLayerKind.of(name);
    List<TimeLayer> layers = new ArrayList<>();
    int[] sizes = {inputs, 18, 11, DIM};
    for (int i = 0; i + 1 < sizes.length; i++) {
      layers.add(kind.create(parameters, "layer" + i, sizes[i], sizes[i + 1], random));
    }
    return new FfjordField(layers, Activation.SWISH);
  }

  private static @Nullable Divergence divergence(String name) {
    return name.equals("none") ? null : Divergence.of(name, 2);
  }

  private static double @Nullable [] directions(@Nullable Divergence divergence) {
    return divergence == null
        ? null
        : divergence.draw(
            ROWS, DIM, new SplittableRandom(SEED + 1), (directions, count) -> directions.clone());
  }

  /** Evaluates some rows, each at its own time, as columns. */
  private static double[] asColumns(
      Backend backend, VectorField field, @Nullable Divergence divergence, int[] rows) {
    Workspace workspace = new Workspace();
    workspace.begin(backend, 0);
    Tape tape = Tape.evaluating(backend);
    ColumnField columns = Objects.requireNonNull(ColumnField.of(field, tape, FROM, TO));
    double[] context = normal(ROWS * CONTEXT, SEED + 2);
    ColumnEvaluator.Batch batch =
        new ColumnEvaluator.Batch(ROWS, DIM, divergence, directions(divergence), context, CONTEXT);
    int width = DIM + batch.estimates();
    double[] z = normal(ROWS * DIM, SEED + 3);
    double[] all = times();
    double[] y = new double[rows.length * width];
    double[] times = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(z, rows[i] * DIM, y, i * width, DIM);
      times[i] = all[rows[i]];
    }
    double[] yDot = new double[y.length];
    try (ColumnEvaluator evaluator = new ColumnEvaluator(columns, batch, backend, workspace)) {
      evaluator.select(rows, rows.length);
      evaluator.at(times);
      evaluator.derivatives(true, y, yDot);
    }
    return yDot;
  }

  private static double[] times() {
    double[] times = new SplittableRandom(SEED + 4).doubles(ROWS, TO, FROM).toArray();
    times[0] = FROM;
    times[ROWS - 1] = TO;
    return times;
  }

  /** Evaluates all rows by the tape's operations. */
  private static double[] onTape(
      Backend backend, VectorField field, @Nullable Divergence divergence) {
    Tape tape = Tape.evaluating(backend);
    Matrix context = tape.constant(normal(ROWS * CONTEXT, SEED + 2), ROWS, CONTEXT).value();
    double[] drawn = directions(divergence);
    Matrix own = drawn == null ? null : tape.constant(drawn, drawn.length / DIM, DIM).value();
    FieldRows rows = new FieldRows(field, ROWS, DIM, divergence, own, null, context, false);
    Matrix times = tape.constant(times(), ROWS, 1).value();
    FieldEvaluation made = rows.evaluateAt(tape, times, normal(ROWS * DIM, SEED + 3));
    double[] f = new double[ROWS * DIM];
    backend.download(made.f().value(), f, 0);
    int estimates = divergence == null ? 0 : divergence.estimates();
    double[] traces = new double[ROWS * estimates];
    if (divergence != null) {
      backend.download(Objects.requireNonNull(made.trace()).value(), traces, 0);
    }
    double[] all = new double[f.length + traces.length];
    for (int i = 0; i < ROWS; i++) {
      System.arraycopy(f, i * DIM, all, i * (DIM + estimates), DIM);
      System.arraycopy(traces, i * estimates, all, i * (DIM + estimates) + DIM, estimates);
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void columnsAreWhatTheTapeComputes(String kind, DType dtype, String name) {
    try (Backend backend = new CpuBackend(dtype, 1)) {
      VectorField field = field(backend, kind, DIM + CONTEXT);
      int[] all = IntStream.range(0, ROWS).toArray();
      double[] expected = onTape(backend, field, divergence(name));
      double tolerance = dtype == DType.FLOAT32 ? 5e-6 : 1e-13;
      assertArrayEquals(
          expected, asColumns(backend, field, divergence(name), all), tolerance, "seed " + SEED);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aRowIsTheSameWhereverItStands(String kind, DType dtype, String name) {
    try (Backend backend = new CpuBackend(dtype, 1)) {
      VectorField field = field(backend, kind, DIM + CONTEXT);
      int[] all = IntStream.range(0, ROWS).toArray();
      double[] together = asColumns(backend, field, divergence(name), all);
      int width = together.length / ROWS;
      // Elsewhere products may be summed in another order.
      double tolerance = dtype == DType.FLOAT32 ? 5e-6 : 1e-13;
      for (int row : new int[] {0, 1, 20, 36}) {
        double[] alone = asColumns(backend, field, divergence(name), new int[] {row});
        double[] beside = Arrays.copyOfRange(together, row * width, (row + 1) * width);
        assertArrayEquals(beside, alone, tolerance, "row " + row + ", seed " + SEED);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void polynomialsAreAsExactAsTheType(DType dtype) {
    double rounding = dtype == DType.FLOAT32 ? 3e-8 : 1e-15;
    for (double slope : new double[] {0, 0.01, 0.7, 2, 5}) {
      int terms = ColumnField.terms(dtype, slope);
      Chebyshev basis = new Chebyshev(terms);
      double[] values =
          IntStream.range(0, terms)
              .mapToDouble(j -> 1 / (1 + Math.exp(-slope * basis.node(j) - 0.3)))
              .toArray();
      double[] found = new double[terms];
      basis.fit(values, found, 0);
      for (double x = -1; x <= 1; x += 1.0 / 64) {
        double sum = 0;
        for (int k = 0; k < terms; k++) {
          sum += found[k] * Math.cos(k * Math.acos(x));
        }
        assertEquals(1 / (1 + Math.exp(-slope * x - 0.3)), sum, 5 * rounding, slope + " at " + x);
      }
    }
  }

  @Test
  void whatHasWeightsOfTimeIsLeftToTheTape() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Tape tape = Tape.evaluating(backend);
      assertNull(ColumnField.of((t, time, z, context) -> z, tape, 0, 1));
      VectorField hyper = field(backend, "hyper", DIM);
      assertNull(ColumnField.of(hyper, tape, 0, 1));
      VectorField gated = field(backend, "squash", DIM);
      assertNotNull(ColumnField.of(gated, tape, 0, 1));
      assertNull(ColumnField.of(gated, tape, 0, 1e4), "gates too steep");
    }
  }

  @Test
  void rowsAreDealtOutInWholeColumns() {
    for (int rows : new int[] {0, 1, 31, 33, 500, 2000, 10_000, 100_000}) {
      for (int stack : new int[] {1, 3, 44}) {
        for (int width : new int[] {2, 64, 860}) {
          RowRanges ranges = RowRanges.ofColumns(rows, stack, width);
          String name = ranges + ", stack " + stack + ", width " + width;
          assertTrue(ranges.count() >= 1 && ranges.most() >= 32, name);
          assertEquals(0, ranges.most() % 16, name);
          assertEquals(0, ranges.start(0), name);
          assertEquals(rows, ranges.start(ranges.count()), name);
        }
      }
    }
  }
}
