package org.fjordflow.core.autodiff;

import static org.fjordflow.core.ErrorKey.INVALID_ARGUMENT;
import static org.fjordflow.core.ErrorKey.SHAPE_MISMATCH;
import static org.fjordflow.core.ErrorKey.UNSUPPORTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.fjordflow.core.ErrorKey;
import org.fjordflow.core.FjordException;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** What a tape refuses. */
final class TapeErrorTest {

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Tape tape = Tape.recording(backend);
  private final Var x = tape.input(backend.allocate(4, 3));
  private final Var row = tape.input(backend.allocate(1, 3));
  private final Var one = tape.constant(1);

  /** 4 x 3 with two tangents. */
  private final Var stacked = tape.input(backend.allocate(12, 3), 4);

  /** 1 x 3 with two tangents. */
  private final Var stackedRow = tape.input(backend.allocate(3, 3), 1);

  @AfterEach
  void close() {
    backend.close();
  }

  private static void fails(ErrorKey key, Executable executable) {
    FjordException e = assertThrows(FjordException.class, executable);
    assertEquals(key, e.key(), e.getMessage());
    assertEquals(1, String.valueOf(e.getMessage()).lines().count());
  }

  private Var zeros(int rows, int cols) {
    return tape.constant(backend.allocate(rows, cols));
  }

  @Test
  void shapesThatDoNotFit() {
    fails(SHAPE_MISMATCH, () -> tape.input(backend.allocate(11, 3), 4));
    fails(SHAPE_MISMATCH, () -> tape.input(backend.allocate(0, 3), 4));
    fails(SHAPE_MISMATCH, () -> tape.input(backend.allocate(4, 3), -4));
    fails(SHAPE_MISMATCH, () -> tape.input(backend.allocate(4, 3), 0));
    fails(SHAPE_MISMATCH, () -> tape.add(x, zeros(3, 3)));
    fails(SHAPE_MISMATCH, () -> tape.add(x, zeros(3, 4)));
    fails(SHAPE_MISMATCH, () -> tape.multiply(zeros(4, 1), zeros(1, 3)));
    fails(SHAPE_MISMATCH, () -> tape.multiply(zeros(2, 3), x));
    fails(SHAPE_MISMATCH, () -> tape.concat(x, row));
    fails(SHAPE_MISMATCH, () -> tape.columns(x, 2, 4));
    fails(SHAPE_MISMATCH, () -> tape.columns(x, -1, 2));
    fails(SHAPE_MISMATCH, () -> tape.columns(x, 2, 1));
    fails(SHAPE_MISMATCH, () -> tape.reshape(x, 5, 2));
    fails(SHAPE_MISMATCH, () -> tape.reshape(x, -4, -3));
    fails(SHAPE_MISMATCH, () -> tape.repeat(x, 2));
    fails(SHAPE_MISMATCH, () -> tape.repeat(row, -1));
    fails(SHAPE_MISMATCH, () -> tape.tangentDots(stacked, backend.allocate(4, 3), 1));
    fails(SHAPE_MISMATCH, () -> tape.tangentDots(stacked, backend.allocate(8, 2), 1));
    fails(SHAPE_MISMATCH, () -> layer(x, zeros(2, 4), null, null));
    fails(SHAPE_MISMATCH, () -> layer(x, zeros(2, 3), zeros(1, 3), null));
    fails(SHAPE_MISMATCH, () -> layer(x, zeros(2, 3), null, zeros(2, 1)));
    fails(SHAPE_MISMATCH, () -> tape.seed(x, backend.allocate(3, 4)));
    fails(SHAPE_MISMATCH, () -> tape.seed(x, backend.allocate(1, 3)));
    fails(SHAPE_MISMATCH, () -> tape.backward(x));
    fails(SHAPE_MISMATCH, () -> new Parameter("p", backend.allocate(2, 3), backend.allocate(3, 2)));
    fails(INVALID_ARGUMENT, tape::concat);
  }

  @Test
  void tangentsThatAreNotThere() {
    fails(SHAPE_MISMATCH, () -> tape.tangent(x, 0));
    fails(SHAPE_MISMATCH, () -> tape.tangent(stacked, 2));
    fails(SHAPE_MISMATCH, () -> tape.tangent(stacked, -1));
    Var three = tape.input(backend.allocate(16, 3), 4);
    fails(SHAPE_MISMATCH, () -> tape.add(stacked, three));
    fails(SHAPE_MISMATCH, () -> tape.multiply(stacked, three));
    fails(SHAPE_MISMATCH, () -> tape.concat(stacked, three));
  }

  @Test
  void tangentsWhereNoneCanBe() {
    fails(UNSUPPORTED, () -> tape.add(x, stackedRow));
    fails(UNSUPPORTED, () -> tape.multiply(stacked, stackedRow));
    fails(UNSUPPORTED, () -> tape.reshape(stacked, 6, 2));
    fails(UNSUPPORTED, () -> tape.repeat(stackedRow, 3));
    fails(UNSUPPORTED, () -> tape.columnSum(stacked));
    fails(UNSUPPORTED, () -> tape.mean(stacked));
    fails(UNSUPPORTED, () -> tape.logSumExp(stacked));
    fails(UNSUPPORTED, () -> layer(x, stacked, null, null));
    fails(UNSUPPORTED, () -> layer(x, zeros(3, 3), stackedRow, null));
    fails(UNSUPPORTED, () -> layer(x, zeros(3, 3), null, stackedRow));
    fails(UNSUPPORTED, () -> tape.custom(List.of(stacked), List.of(), (given, wanted) -> {}));
  }

  private Var layer(Var input, Var weight, @Nullable Var gate, @Nullable Var shift) {
    return tape.layer(Elementwise.TANH, input, weight, gate, shift);
  }

  @Test
  void gradientsOfConstants() {
    fails(UNSUPPORTED, one::gradient);
    fails(UNSUPPORTED, () -> tape.seed(one, backend.allocate(1, 1)));
    fails(UNSUPPORTED, () -> tape.backward(tape.add(one, tape.constant(2))));
    // Tangents of an input are directions: constants.
    fails(UNSUPPORTED, () -> tape.tangent(stacked, 0).gradient());
  }

  @Test
  void sweepsOfATapeThatOnlyEvaluates() {
    Tape evaluating = Tape.evaluating(backend);
    Var y = evaluating.mean(evaluating.input(backend.allocate(2, 2)));
    fails(UNSUPPORTED, evaluating::reverse);
    fails(UNSUPPORTED, () -> evaluating.accumulate(1));
    fails(UNSUPPORTED, () -> evaluating.seed(y, backend.allocate(1, 1)));
    fails(UNSUPPORTED, () -> evaluating.backward(y));
    fails(UNSUPPORTED, y::gradient);
  }

  @Test
  void sweepsOutOfOrder() {
    Var loss = tape.mean(x);
    fails(UNSUPPORTED, () -> tape.accumulate(1));
    tape.backward(loss);
    fails(UNSUPPORTED, tape::reverse);
    fails(UNSUPPORTED, () -> tape.backward(loss));
    tape.reset();
    tape.backward(tape.mean(tape.input(backend.allocate(2, 2))));
  }

  /**
   * Where the adjoint is kept elsewhere, or is overwritten, no number is better than a wrong one.
   */
  @Test
  void gradientsThatAreNotKept() {
    Parameter weight = new Parameter("w", backend.allocate(2, 3), backend.allocate(2, 3));
    Var w = tape.parameter(weight);
    Var y = tape.layer(Elementwise.TANH, x, w, null, null);
    tape.backward(tape.mean(y));
    fails(UNSUPPORTED, w::gradient);
    fails(UNSUPPORTED, y::gradient);
    assertEquals(4, x.gradient().rows());
  }
}
