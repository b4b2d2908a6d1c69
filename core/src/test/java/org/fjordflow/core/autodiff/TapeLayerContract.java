package org.fjordflow.core.autodiff;

import static org.fjordflow.core.autodiff.Operands.Slot.plain;
import static org.fjordflow.core.autodiff.Operands.Slot.stacked;

import java.util.List;
import java.util.stream.Stream;
import org.fjordflow.core.autodiff.Operands.Kind;
import org.fjordflow.core.autodiff.Operands.Slot;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The layer against finite differences, to second order, alone and in chains with the operations
 * that networks join layers with.
 */
abstract class TapeLayerContract extends TapeOperationContract {

  private static final int ROWS = 4;

  private static final Slot X = stacked(ROWS, 3).within(-1, 1);
  private static final Slot WEIGHT = plain(2, 3).within(-0.5, 0.5);
  private static final Slot GATE = plain(1, 2).within(0.5, 1.2);
  private static final Slot SHIFT = plain(1, 2);

  /** A gate of each row. */
  private static final Slot GATES = ofRows(GATE);

  private static final Slot SQUARE = plain(3, 3).within(-0.8, 0.8);
  private static final Slot TIME = plain(1, 1);

  private static Stream<Operation> layers(Elementwise f, Slot shift) {
    return Stream.of(
        Operation.of(
            "layer: " + f, (tape, v) -> tape.layer(f, v.get(0), v.get(1), null, null), X, WEIGHT),
        Operation.of(
            "layer: " + f + " with shift",
            (tape, v) -> tape.layer(f, v.get(0), v.get(1), null, v.get(2)),
            X,
            WEIGHT,
            shift),
        Operation.of(
            "layer: " + f + " with gate",
            (tape, v) -> tape.layer(f, v.get(0), v.get(1), v.get(2), null),
            X,
            WEIGHT,
            GATE),
        gatedAndShifted(f, GATE, shift));
  }

  private static Operation gatedAndShifted(Elementwise f, Slot gate, Slot shift) {
    return Operation.of(
        "layer: " + f + " with gate and shift",
        (tape, v) -> tape.layer(f, v.get(0), v.get(1), v.get(2), v.get(3)),
        X,
        WEIGHT,
        gate,
        shift);
  }

  static Stream<Operation> layers() {
    return Stream.concat(
        Stream.of(Elementwise.TANH, Elementwise.IDENTITY).flatMap(f -> layers(f, SHIFT)),
        Stream.concat(convolutions(), scaled()));
  }

  private static Stream<Operation> scaled() {
    Slot x = stacked(ROWS, 2).within(-1, 1);
    return Stream.of(
        Operation.of(
            "scaled: with gate and shift",
            (tape, v) -> tape.scaled(Elementwise.SWISH, v.get(0), v.get(1), v.get(2)),
            x,
            GATE,
            SHIFT),
        Operation.of(
            "scaled: with gates of rows, beside its operand",
            (tape, v) ->
                tape.multiply(tape.scaled(Elementwise.TANH, v.get(0), v.get(1), null), v.get(0)),
            x,
            GATES),
        Operation.of(
            "scaled: shift of what does not move",
            (tape, v) -> tape.scaled(Elementwise.IDENTITY, v.get(0), v.get(1), v.get(2)),
            plain(ROWS, 2),
            GATE,
            SHIFT));
  }

  /** Two images of 2 x 2 pixels with two channels, and one of 3 x 2. */
  private static Stream<Operation> convolutions() {
    Backend.Window same = new Backend.Window(2, 2, 3, 1);
    Backend.Window half = new Backend.Window(3, 2, 3, 2);
    Slot images = stacked(8, 2).within(-1, 1);
    Slot image = stacked(6, 2).within(-1, 1);
    Slot kernel = plain(2, 18).within(-0.4, 0.4);
    return Stream.of(
        Operation.of(
            "convolution: alone",
            (tape, v) ->
                tape.convolution(Elementwise.IDENTITY, v.get(0), same, v.get(1), null, null),
            images,
            kernel),
        Operation.of(
            "convolution: with gate and shift",
            (tape, v) ->
                tape.convolution(Elementwise.TANH, v.get(0), same, v.get(1), v.get(2), v.get(3)),
            images,
            kernel,
            GATE,
            SHIFT),
        Operation.of(
            "convolution: with stride 2, and shifts of results",
            (tape, v) ->
                tape.convolution(Elementwise.TANH, v.get(0), half, v.get(1), null, v.get(2)),
            image,
            kernel,
            plain(2, 2)));
  }

  private static Slot ofRows(Slot row) {
    return new Slot(ROWS, row.cols(), row.from(), row.to(), row.tangents());
  }

  private static Slot moving(Slot slot) {
    return new Slot(slot.rows(), slot.cols(), slot.from(), slot.to(), true);
  }

  /** Layers with tangents in weight, gate and shift. */
  static Stream<Operation> moved() {
    return Stream.of(
        Operation.of(
            "layer: a weight that moves",
            (tape, v) -> tape.layer(Elementwise.TANH, v.get(0), v.get(1), null, null),
            X,
            moving(WEIGHT)),
        Operation.of(
            "convolution: all of it moves",
            (tape, v) ->
                tape.convolution(
                    Elementwise.SWISH,
                    v.get(0),
                    new Backend.Window(2, 1, 3, 2),
                    v.get(1),
                    v.get(2),
                    v.get(2)),
            stacked(4, 1).within(-1, 1),
            moving(plain(2, 9).within(-0.5, 0.5)),
            moving(GATE)),
        Operation.of(
            "scaled: gate and shift that move",
            (tape, v) -> tape.scaled(Elementwise.TANH, v.get(0), v.get(1), v.get(2)),
            stacked(ROWS, 2),
            moving(GATE),
            moving(SHIFT)),
        Operation.of(
            "layer: a weight that moves, and a shift that does not",
            (tape, v) -> tape.layer(Elementwise.SIN, v.get(0), v.get(1), null, v.get(2)),
            X,
            moving(WEIGHT),
            SHIFT),
        Operation.of(
            "layer: gate and shift that move",
            (tape, v) -> tape.layer(Elementwise.TANH, v.get(0), v.get(0), v.get(1), v.get(2)),
            stacked(2, 3).within(-1, 1),
            moving(GATE),
            moving(SHIFT)),
        Operation.of(
            "layer: gates and shifts of rows that move",
            (tape, v) -> tape.layer(Elementwise.SWISH, v.get(0), v.get(0), v.get(1), v.get(1)),
            stacked(3, 3).within(-1, 1),
            stacked(3, 3)));
  }

  static Stream<Operation> chains() {
    return Stream.of(
        Operation.of(
            "layer, time beside it, layer",
            (tape, v) -> {
              Var h = tape.layer(Elementwise.SOFTPLUS, v.get(0), v.get(1), null, null);
              Var th = tape.concat(tape.repeat(v.get(3), ROWS), h);
              return tape.layer(Elementwise.TANH, th, v.get(2), null, null);
            },
            X,
            SQUARE,
            plain(3, 4).within(-0.8, 0.8),
            TIME),
        Operation.of(
            "layers with gate and shift from time",
            (tape, v) -> {
              Var gate = tape.layer(Elementwise.SIGMOID, v.get(2), v.get(3), null, null);
              Var shift = tape.multiply(gate, v.get(2));
              Var h = tape.layer(Elementwise.SWISH, v.get(0), v.get(1), gate, shift);
              return tape.layer(Elementwise.SIN, h, v.get(1), shift, gate);
            },
            X,
            SQUARE,
            TIME,
            plain(3, 1)),
        Operation.of(
            "layer whose weight is computed",
            (tape, v) -> {
              Var all = tape.layer(Elementwise.TANH, v.get(1), v.get(2), null, null);
              Var shift = tape.columns(all, 0, 2);
              Var weight = tape.reshape(tape.columns(all, 2, 8), 2, 3);
              return tape.layer(Elementwise.SQUARE, v.get(0), weight, null, shift);
            },
            X,
            TIME,
            plain(8, 1)),
        Operation.of(
            "one weight in two layers and a product",
            (tape, v) -> {
              Var h = tape.layer(Elementwise.TANH, v.get(0), v.get(1), null, null);
              Var y = tape.layer(Elementwise.IDENTITY, h, v.get(1), null, null);
              return tape.add(y, tape.columnSum(tape.multiply(v.get(1), v.get(1))));
            },
            X,
            SQUARE),
        Operation.of(
            "sums and products of stacks",
            (tape, v) -> {
              Var h = tape.layer(Elementwise.TANH, v.get(0), v.get(1), null, null);
              Var skip = tape.add(h, v.get(0));
              return tape.multiply(tape.subtract(skip, tape.affine(0.3, h, 1)), h);
            },
            X,
            SQUARE),
        Operation.of(
            "columns in another order, row sums, functions",
            (tape, v) -> {
              Var h = tape.layer(Elementwise.COS, v.get(0), v.get(1), null, null);
              Var turned = tape.concat(tape.columns(h, 2, 3), tape.rowSum(h), v.get(0));
              return tape.apply(Elementwise.SWISH, tape.apply(Elementwise.SQUARE, turned));
            },
            X,
            SQUARE),
        Operation.withoutTangents(
            "value and tangents apart, then together",
            (tape, v) -> {
              Var h = tape.layer(Elementwise.TANH, v.get(0), v.get(1), null, null);
              Var value = tape.value(h);
              for (int k = 0; k < h.tangents(); k++) {
                value = tape.multiply(value, tape.affine(1, tape.tangent(h, k), 2));
              }
              return tape.layer(Elementwise.TANH, value, v.get(1), null, null);
            },
            X,
            SQUARE));
  }

  @ParameterizedTest
  @MethodSource({"layers", "moved", "chains"})
  void layersAgreeWithFiniteDifferences(Operation operation) {
    try (Backend backend = create(DType.FLOAT64)) {
      operation.check(backend, stride());
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyActivationAgrees(Elementwise f) {
    try (Backend backend = create(DType.FLOAT64)) {
      for (Slot shift : shifts(f)) {
        for (Kind x : Kind.ALL) {
          List<Kind> kinds = List.of(x, Kind.PARAMETER, Kind.INPUT, Kind.PARAMETER);
          gatedAndShifted(f, GATE, shift).check(backend, kinds);
          gatedAndShifted(f, GATES, ofRows(shift)).check(backend, kinds);
        }
      }
    }
  }

  /** Products are below 2.4 in size: such shifts keep their sums away from kinks and poles. */
  private static List<Slot> shifts(Elementwise f) {
    return switch (f) {
      case LOG, SQRT -> List.of(SHIFT.within(3, 4));
      case RELU, ELU, RECIPROCAL -> List.of(SHIFT.within(3, 4), SHIFT.within(-4, -3));
      default -> List.of(SHIFT);
    };
  }
}
