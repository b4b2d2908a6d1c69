package org.fjordflow.core.autodiff;

import static org.fjordflow.core.autodiff.Operands.Slot.plain;
import static org.fjordflow.core.autodiff.Operands.Slot.stacked;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.fjordflow.core.autodiff.Operands.Slot;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.ColumnIndex;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every operation but the layer against finite differences, to second order, with every kind of
 * operand.
 */
abstract class TapeOperationContract {

  /** Creates the backend that the tape works on. */
  protected abstract Backend create(DType dtype);

  /** One in how many combinations of operands is tested; more than 1 for a slow backend. */
  protected int stride() {
    return 1;
  }

  /** A column twice, one never, and one that comes from nowhere. */
  private static final ColumnIndex INDEX = ColumnIndex.of(3, 2, 0, ColumnIndex.NONE, 2, 0);

  static Stream<Operation> pairs() {
    BiFunction<Tape, List<Var>, Var> sum = (tape, x) -> tape.sum(1.5, x.get(0), -0.7, x.get(1));
    BiFunction<Tape, List<Var>, Var> product = (tape, x) -> tape.multiply(x.get(0), x.get(1));
    List<Operation> all = new ArrayList<>();
    for (int[] shape : new int[][] {{4, 3}, {1, 3}, {4, 1}, {1, 1}}) {
      int n = shape[0];
      int d = shape[1];
      String whole = n + " x " + d;
      all.add(Operation.of("sum: two " + whole, sum, stacked(n, d), stacked(n, d)));
      all.add(Operation.of("multiply: two " + whole, product, stacked(n, d), stacked(n, d)));
      for (int[] part : new int[][] {{1, d}, {n, 1}, {1, 1}}) {
        Slot small = stacked(part[0], part[1]);
        String shapes = whole + " and " + part[0] + " x " + part[1];
        all.add(Operation.of("sum: " + shapes, sum, stacked(n, d), small));
        all.add(Operation.of("multiply: " + shapes, product, stacked(n, d), small));
        if (n * d > part[0] * part[1]) {
          all.add(Operation.of("sum: smaller first, " + shapes, sum, small, stacked(n, d)));
          all.add(
              Operation.of("multiply: smaller first, " + shapes, product, small, stacked(n, d)));
        }
      }
    }
    all.add(
        Operation.of(
            "add", (tape, x) -> tape.add(x.get(0), x.get(1)), stacked(4, 3), stacked(4, 3)));
    all.add(
        Operation.of(
            "subtract",
            (tape, x) -> tape.subtract(x.get(0), x.get(1)),
            stacked(4, 3),
            stacked(4, 3)));
    all.add(
        Operation.of(
            "concat", (tape, x) -> tape.concat(x.get(0), x.get(1)), stacked(4, 2), stacked(4, 3)));
    all.add(
        Operation.of(
            "concat: a part twice",
            (tape, x) -> tape.concat(x.get(0), x.get(1), x.get(0)),
            stacked(4, 2),
            stacked(4, 1)));
    return all.stream();
  }

  static Stream<Operation> singles() {
    Slot x = stacked(4, 3);
    return Stream.of(
        Operation.of("sum: x with itself", (tape, v) -> tape.sum(0.3, v.get(0), 1.2, v.get(0)), x),
        Operation.of("multiply: x with itself", (tape, v) -> tape.multiply(v.get(0), v.get(0)), x),
        Operation.of("affine", (tape, v) -> tape.affine(-1.3, v.get(0), 0.4), x),
        Operation.of("affine: without offset", (tape, v) -> tape.affine(2.5, v.get(0), 0), x),
        Operation.of(
            "affine: of an element", (tape, v) -> tape.affine(2, v.get(0), 3), stacked(1, 1)),
        Operation.of("columns", (tape, v) -> tape.columns(v.get(0), 1, 3), x),
        Operation.of("no columns", (tape, v) -> withNothing(tape, v.get(0)), x),
        Operation.of("gather", (tape, v) -> tape.gather(v.get(0), INDEX), x),
        Operation.of("scatter", (tape, v) -> tape.scatter(v.get(0), INDEX), stacked(4, 5)),
        Operation.of(
            "gather and scatter with other uses",
            (tape, v) ->
                tape.multiply(
                    v.get(0),
                    tape.add(v.get(0), tape.scatter(tape.gather(v.get(0), INDEX), INDEX))),
            x),
        Operation.of("rowSum", (tape, v) -> tape.rowSum(v.get(0)), x),
        Operation.of("rowSum: of a row", (tape, v) -> tape.rowSum(v.get(0)), stacked(1, 3)),
        Operation.of("rowSum: of a column", (tape, v) -> tape.rowSum(v.get(0)), stacked(4, 1)),
        Operation.withoutTangents("value", (tape, v) -> tape.value(v.get(0)), x),
        Operation.withoutTangents("tangent", (tape, v) -> tangents(tape, v.get(0)), x),
        Operation.withoutTangents("tangentDots", TapeOperationContract::tangentDots, x),
        Operation.withoutTangents(
            "squaredNorms", (tape, v) -> squaredNorms(tape, v.get(0), 0.7, 1.3), x),
        Operation.withoutTangents(
            "squaredNorms: of tangents", (tape, v) -> squaredNorms(tape, v.get(0), 0, -0.6), x),
        Operation.withoutTangents(
            "squaredNorms: of the value", (tape, v) -> squaredNorms(tape, v.get(0), 0.4, 0), x),
        Operation.withoutTangents("tangentTrace", TapeOperationContract::tangentTrace, x),
        Operation.of("withTangents", (tape, v) -> turned(tape, v.get(0)), x),
        Operation.of("reshape", (tape, v) -> tape.reshape(v.get(0), 6, 2), x),
        Operation.of("reshape: to a row", (tape, v) -> tape.reshape(v.get(0), 1, 12), x),
        Operation.of(
            "reshape: there and back",
            (t, v) ->
                t.multiply(
                    t.reshape(t.apply(Elementwise.SIN, t.reshape(v.get(0), 2, 6)), 4, 3), v.get(0)),
            x),
        Operation.of("slice", (tape, v) -> tape.slice(v.get(0), 1, 4), stacked(1, 5)),
        Operation.of("slice: of several rows", (tape, v) -> tape.slice(v.get(0), 1, 3), x),
        Operation.of("slice: overlapping", (t, v) -> slices(t, v.get(0)), stacked(1, 5)),
        Operation.of("repeat", (tape, v) -> tape.repeat(v.get(0), 5), stacked(1, 3)),
        Operation.of("repeat: an element", (t, v) -> t.repeat(v.get(0), 5), stacked(1, 1)),
        Operation.of("repeat: once", (t, v) -> t.repeat(v.get(0), 1), stacked(1, 3)),
        Operation.of("repeat: not at all", (t, v) -> t.repeat(v.get(0), 4), x),
        Operation.of("columnSum", (tape, v) -> tape.columnSum(v.get(0)), x),
        Operation.of("mean", (tape, v) -> tape.mean(v.get(0)), x));
  }

  /** Operations that mix the columns of a row, or rows. */
  static Stream<Operation> mixing() {
    Slot x = stacked(4, 3);
    return Stream.of(
        Operation.of("logSumExp", (tape, v) -> tape.logSumExp(v.get(0)), x),
        Operation.of("logSumExp: large", (t, v) -> t.logSumExp(v.get(0)), large()),
        Operation.of(
            "logSumExp: softmax",
            (t, v) -> t.apply(Elementwise.SIGMOID, t.subtract(v.get(0), t.logSumExp(v.get(0)))),
            x),
        Operation.of("layerNorm", (t, v) -> t.layerNorm(v.get(0), 1e-2), stacked(4, 5)),
        Operation.of("layerNorm: one column", (t, v) -> t.layerNorm(v.get(0), 0.5), stacked(3, 1)),
        Operation.of(
            "layerNorm: beside its operand",
            (t, v) -> t.multiply(t.layerNorm(v.get(0), 0.1), v.get(0)),
            stacked(2, 5)),
        Operation.of("groupNorm", (t, v) -> t.groupNorm(v.get(0), 3, 2, 1e-2), stacked(6, 4)),
        Operation.of(
            "groupNorm: one group, beside its operand",
            (t, v) -> t.multiply(t.groupNorm(v.get(0), 2, 1, 0.1), v.get(0)),
            stacked(4, 3)),
        Operation.of(
            "groupNorm: without tangents", (t, v) -> t.groupNorm(v.get(0), 2, 3, 0.1), plain(4, 6)),
        Operation.of(
            "groupNorm: without tangents, beside its operand",
            (t, v) -> t.multiply(v.get(0), t.groupNorm(v.get(0), 2, 1, 0.1)),
            plain(4, 2)),
        Operation.of("attention", (t, v) -> t.attention(v.get(0), 3, 2), stacked(6, 12)),
        Operation.of(
            "attention: beside its operand",
            (t, v) -> t.concat(t.attention(v.get(0), 4, 1), v.get(0)),
            stacked(4, 9)),
        Operation.of(
            "attention: single tokens", (t, v) -> t.attention(v.get(0), 1, 2), stacked(3, 6)),
        Operation.of(
            "attention: of tokens made of rows",
            (t, v) -> {
              Var tokens = t.layerNorm(t.reshape(v.get(0), 6, 3), 0.3);
              return t.reshape(t.attention(tokens, 3, 1), 2, 3);
            },
            stacked(2, 9)),
        Operation.of(
            "timedLayer: rows, weights and times",
            (t, v) -> timed(t, v.get(0), v.get(1), null, v.get(2), null, null, null),
            stacked(3, 2),
            stacked(4, 2),
            stacked(3, 1)),
        Operation.of(
            "timedLayer: gates",
            (t, v) -> timed(t, v.get(0), null, null, null, v.get(1), v.get(2), null),
            stacked(3, 2),
            stacked(4, 1),
            stacked(1, 4)),
        Operation.of(
            "timedLayer: shifts",
            (t, v) -> timed(t, v.get(0), null, v.get(1), null, null, null, v.get(2)),
            stacked(3, 2),
            stacked(1, 4),
            stacked(4, 1)),
        Operation.of(
            "rowProduct", (t, v) -> t.rowProduct(v.get(0), v.get(1)), stacked(3, 2), stacked(3, 8)),
        Operation.of(
            "rowProduct: of a value with itself",
            (t, v) -> t.rowProduct(v.get(0), t.concat(v.get(0), v.get(0), v.get(0))),
            stacked(3, 2)),
        Operation.of(
            "custom",
            (t, v) -> {
              List<Var> y = ProductAndSum.withTangents(t, v.get(0), v.get(1));
              return t.multiply(y.get(0), t.apply(Elementwise.TANH, y.get(1)));
            },
            stacked(3, 2),
            stacked(3, 2)),
        Operation.of(
            "custom: one output",
            (t, v) -> ProductAndSum.withTangents(t, v.get(0), v.get(0)).get(0),
            stacked(3, 2)));
  }

  /** Rows far beyond the range of exp, so close together that none of them vanishes. */
  /** A layer at times of three rows, from two columns to four; what is null is a constant. */
  private static Var timed(
      Tape t,
      Var x,
      @Nullable Var weight,
      @Nullable Var bias,
      @Nullable Var times,
      @Nullable Var gateWeight,
      @Nullable Var gateBias,
      @Nullable Var drift) {
    return t.timedLayer(
        Elementwise.TANH,
        x,
        weight == null ? constant(t, 4, 2) : weight,
        bias == null ? constant(t, 1, 4) : bias,
        times == null ? constant(t, 3, 1) : times,
        gateWeight == null ? constant(t, 4, 1) : gateWeight,
        gateBias == null ? constant(t, 1, 4) : gateBias,
        drift == null ? constant(t, 4, 1) : drift);
  }

  private static Var constant(Tape t, int rows, int cols) {
    double[] values = new double[rows * cols];
    Arrays.setAll(values, i -> Math.sin(1.7 * i + rows));
    return t.constant(values, rows, cols);
  }

  private static Slot large() {
    return plain(4, 3).within(799, 801);
  }

  /** Slices of a slice, overlapping ones, an empty one, and the whole beside them. */
  private static Var slices(Tape tape, Var x) {
    Var product = tape.multiply(tape.slice(x, 0, 3), tape.slice(x, 2, 5));
    Var inner = tape.slice(tape.slice(x, 1, 5), 1, 4);
    return tape.concat(tape.add(product, inner), tape.slice(x, 5, 5), x);
  }

  private static Var withNothing(Tape tape, Var x) {
    return tape.concat(tape.columns(x, 1, 1), tape.columns(x, 2, 2), x);
  }

  /** A mix of all tangents and the value, none of which has tangents itself. */
  private static Var tangents(Tape tape, Var x) {
    Var sum = tape.value(x);
    for (int k = 0; k < x.tangents(); k++) {
      sum = tape.sum(1, tape.multiply(sum, sum), k - 2.5, tape.tangent(x, k));
    }
    return sum;
  }

  private static Var tangentDots(Tape tape, List<Var> operands) {
    Var x = operands.get(0);
    double[] directions = new double[x.tangents() * x.rows() * x.cols()];
    Arrays.setAll(directions, i -> Math.cos(1.7 * i));
    Matrix m = tape.take(x.tangents() * x.rows(), x.cols());
    tape.backend().upload(directions, 0, m);
    Var dots = tape.tangentDots(x, m, -0.7);
    return tape.add(tape.multiply(dots, dots), tape.rowSum(tape.value(x)));
  }

  /** Squared norms beside another use of their operand; the first tangent has its own weight. */
  private static Var squaredNorms(Tape tape, Var x, double ofValue, double ofTangents) {
    double[] weights = new double[1 + x.tangents()];
    Arrays.fill(weights, ofTangents);
    weights[weights.length - 1] *= 0.5;
    weights[0] = ofValue;
    Var norms = tape.squaredNorms(x, weights);
    return tape.add(tape.multiply(norms, norms), tape.rowSum(tape.value(x)));
  }

  /** The trace of as many columns as there are tangents. */
  private static Var tangentTrace(Tape tape, List<Var> operands) {
    Var x = operands.get(0);
    int n = x.rows();
    int dim = x.tangents();
    double[] units = new double[dim * n * dim];
    for (int i = 0; i < dim * n; i++) {
      units[i * dim + i / n] = 1;
    }
    Matrix m = tape.take(dim * n, dim);
    tape.backend().upload(units, 0, m);
    Var square = tape.columns(x, 0, dim);
    Var trace = tape.tangentTrace(tape.multiply(square, square), m);
    return tape.add(trace, tape.rowSum(tape.value(x)));
  }

  /** Value and tangents taken apart, each changed, and put together. */
  private static Var turned(Tape tape, Var x) {
    Var value = tape.value(x);
    List<Var> tangents = new ArrayList<>();
    for (int k = 0; k < x.tangents(); k++) {
      tangents.add(tape.multiply(tape.apply(Elementwise.COS, value), tape.tangent(x, k)));
    }
    return tape.withTangents(tape.apply(Elementwise.SIN, value), tangents);
  }

  static Stream<Operation> functions() {
    return Arrays.stream(Elementwise.values())
        .flatMap(f -> ranges(f).map(range -> elementwise(f, range[0], range[1])));
  }

  /** Intervals away from kinks and poles. */
  private static Stream<double[]> ranges(Elementwise f) {
    return switch (f) {
      case LOG, SQRT -> Stream.of(new double[] {0.5, 2});
      case RELU, ELU, RECIPROCAL -> Stream.of(new double[] {0.5, 2}, new double[] {-2, -0.5});
      default -> Stream.of(new double[] {-2, 2});
    };
  }

  private static Operation elementwise(Elementwise f, double from, double to) {
    return Operation.of(
        "apply: %s from %s".formatted(f, from),
        (tape, x) -> tape.apply(f, x.get(0)),
        stacked(4, 3).within(from, to));
  }

  @ParameterizedTest
  @MethodSource({"pairs", "singles", "mixing", "functions"})
  void agreesWithFiniteDifferences(Operation operation) {
    try (Backend backend = create(DType.FLOAT64)) {
      operation.check(backend, stride());
    }
  }
}
