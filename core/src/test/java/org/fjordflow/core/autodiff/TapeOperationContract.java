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
      all.add(Operation.of("sum of two " + whole, sum, stacked(n, d), stacked(n, d)));
      all.add(Operation.of("product of two " + whole, product, stacked(n, d), stacked(n, d)));
      for (int[] part : new int[][] {{1, d}, {n, 1}, {1, 1}}) {
        Slot small = plain(part[0], part[1]);
        String shapes = whole + " and " + part[0] + " x " + part[1];
        all.add(Operation.of("sum of " + shapes, sum, stacked(n, d), small));
        all.add(Operation.of("product of " + shapes, product, stacked(n, d), small));
        if (n * d > part[0] * part[1]) {
          all.add(Operation.of("sum, smaller first, of " + shapes, sum, small, stacked(n, d)));
          all.add(
              Operation.of("product, smaller first, of " + shapes, product, small, stacked(n, d)));
        }
      }
    }
    all.add(
        Operation.of(
            "a + b", (tape, x) -> tape.add(x.get(0), x.get(1)), stacked(4, 3), stacked(4, 3)));
    all.add(
        Operation.of(
            "a - b", (tape, x) -> tape.subtract(x.get(0), x.get(1)), stacked(4, 3), stacked(4, 3)));
    all.add(
        Operation.of(
            "concat", (tape, x) -> tape.concat(x.get(0), x.get(1)), stacked(4, 2), stacked(4, 3)));
    all.add(
        Operation.of(
            "concat with a part twice",
            (tape, x) -> tape.concat(x.get(0), x.get(1), x.get(0)),
            stacked(4, 2),
            plain(4, 1)));
    return all.stream();
  }

  static Stream<Operation> singles() {
    Slot x = stacked(4, 3);
    return Stream.of(
        Operation.of("x + x", (tape, v) -> tape.sum(0.3, v.get(0), 1.2, v.get(0)), x),
        Operation.of("x x", (tape, v) -> tape.multiply(v.get(0), v.get(0)), x),
        Operation.of("affine", (tape, v) -> tape.affine(-1.3, v.get(0), 0.4), x),
        Operation.of("affine without offset", (tape, v) -> tape.affine(2.5, v.get(0), 0), x),
        Operation.of(
            "affine of an element", (tape, v) -> tape.affine(2, v.get(0), 3), stacked(1, 1)),
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
        Operation.of("rowSum of a row", (tape, v) -> tape.rowSum(v.get(0)), stacked(1, 3)),
        Operation.of("rowSum of a column", (tape, v) -> tape.rowSum(v.get(0)), stacked(4, 1)),
        Operation.withoutTangents("value", (tape, v) -> tape.value(v.get(0)), x),
        Operation.withoutTangents("tangent", (tape, v) -> tangents(tape, v.get(0)), x),
        Operation.withoutTangents("tangentDots", TapeOperationContract::tangentDots, x),
        Operation.withoutTangents(
            "squaredNorms", (tape, v) -> squaredNorms(tape, v.get(0), 0.7, 1.3), x),
        Operation.withoutTangents(
            "squaredNorms of tangents", (tape, v) -> squaredNorms(tape, v.get(0), 0, -0.6), x),
        Operation.withoutTangents(
            "squaredNorms of the value", (tape, v) -> squaredNorms(tape, v.get(0), 0.4, 0), x),
        Operation.withoutTangents(
            "reshape", (tape, v) -> tape.reshape(v.get(0), 6, 2), plain(4, 3)),
        Operation.withoutTangents("slice", (tape, v) -> tape.slice(v.get(0), 1, 4), plain(1, 5)),
        Operation.withoutTangents(
            "slices that overlap", (t, v) -> slices(t, v.get(0)), plain(1, 5)),
        Operation.withoutTangents("repeat", (tape, v) -> tape.repeat(v.get(0), 5), plain(1, 3)),
        Operation.withoutTangents(
            "repeat of an element", (t, v) -> t.repeat(v.get(0), 5), plain(1, 1)),
        Operation.withoutTangents("columnSum", (tape, v) -> tape.columnSum(v.get(0)), plain(4, 3)),
        Operation.withoutTangents("mean", (tape, v) -> tape.mean(v.get(0)), plain(4, 3)),
        Operation.withoutTangents("logSumExp", (tape, v) -> tape.logSumExp(v.get(0)), plain(4, 3)),
        Operation.withoutTangents("layerNorm", (t, v) -> t.layerNorm(v.get(0), 1e-5), plain(4, 3)),
        Operation.withoutTangents(
            "layerNorm of a sum with itself",
            (t, v) -> t.multiply(t.layerNorm(v.get(0), 0.1), v.get(0)),
            plain(2, 5)),
        Operation.withoutTangents("attention", (t, v) -> t.attention(v.get(0), 3, 2), plain(6, 12)),
        Operation.withoutTangents(
            "attention beside its operand",
            (t, v) -> t.concat(t.attention(v.get(0), 4, 1), v.get(0)),
            plain(4, 9)),
        Operation.withoutTangents(
            "attention of single tokens", (t, v) -> t.attention(v.get(0), 1, 2), plain(3, 6)),
        Operation.withoutTangents("logSumExp, large", (t, v) -> t.logSumExp(v.get(0)), large()));
  }

  /** Rows far beyond the range of exp, so close together that none of them vanishes. */
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
        "%s from %s".formatted(f, from),
        (tape, x) -> tape.apply(f, x.get(0)),
        stacked(4, 3).within(from, to));
  }

  @ParameterizedTest
  @MethodSource({"pairs", "singles", "functions"})
  void agreesWithFiniteDifferences(Operation operation) {
    try (Backend backend = create(DType.FLOAT64)) {
      operation.check(backend, stride());
    }
  }
}
