package org.fjordflow.core.autodiff;

import static org.fjordflow.base.ErrorKey.INVALID_ARGUMENT;
import static org.fjordflow.base.ErrorKey.SHAPE_MISMATCH;
import static org.fjordflow.base.ErrorKey.UNSUPPORTED;
import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a tape refuses. */
final class TapeErrorTest {

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Tape tape = Tape.recording(backend);
  private final Var x = tape.input(backend.allocate(4, 3));
  private final Var row = tape.input(backend.allocate(1, 3));
  private final Var one = tape.constant(1);

  /** 4 x 3 with two tangents. */
  private final Var stacked = tape.input(backend.allocate(12, 3), 4);

  @AfterEach
  void close() {
    backend.close();
  }

  private Var zeros(int rows, int cols) {
    return tape.constant(backend.allocate(rows, cols));
  }

  @Test
  void shapesThatDoNotFit() {
    assertFails(SHAPE_MISMATCH, () -> tape.input(backend.allocate(11, 3), 4));
    assertFails(SHAPE_MISMATCH, () -> tape.input(backend.allocate(0, 3), 4));
    assertFails(SHAPE_MISMATCH, () -> tape.input(backend.allocate(4, 3), -4));
    assertFails(SHAPE_MISMATCH, () -> tape.input(backend.allocate(4, 3), 0));
    assertFails(SHAPE_MISMATCH, () -> tape.add(x, zeros(3, 3)));
    assertFails(SHAPE_MISMATCH, () -> tape.add(x, zeros(3, 4)));
    assertFails(SHAPE_MISMATCH, () -> tape.multiply(zeros(4, 1), zeros(1, 3)));
    assertFails(SHAPE_MISMATCH, () -> tape.multiply(zeros(2, 3), x));
    assertFails(SHAPE_MISMATCH, () -> tape.concat(x, row));
    assertFails(SHAPE_MISMATCH, () -> tape.columns(x, 2, 4));
    assertFails(SHAPE_MISMATCH, () -> tape.columns(x, -1, 2));
    assertFails(SHAPE_MISMATCH, () -> tape.columns(x, 2, 1));
    assertFails(SHAPE_MISMATCH, () -> tape.slice(row, -1, 2));
    assertFails(SHAPE_MISMATCH, () -> tape.slice(row, 2, 4));
    assertFails(SHAPE_MISMATCH, () -> tape.slice(row, 2, 1));
    assertFails(SHAPE_MISMATCH, () -> tape.slice(row, 4, 4));
    assertFails(SHAPE_MISMATCH, () -> tape.slice(x, 0, 4));
    assertFails(SHAPE_MISMATCH, () -> tape.reshape(x, 5, 2));
    assertFails(SHAPE_MISMATCH, () -> tape.reshape(x, -4, -3));
    assertFails(SHAPE_MISMATCH, () -> tape.repeat(x, 2));
    assertFails(SHAPE_MISMATCH, () -> tape.attention(x, 3, 1));
    assertFails(SHAPE_MISMATCH, () -> tape.attention(zeros(4, 4), 2, 1));
    assertFails(INVALID_ARGUMENT, () -> tape.layerNorm(x, 0));
    assertFails(SHAPE_MISMATCH, () -> tape.repeat(row, -1));
    assertFails(SHAPE_MISMATCH, () -> tape.tangentDots(stacked, backend.allocate(4, 3), 1));
    assertFails(SHAPE_MISMATCH, () -> tape.tangentDots(stacked, backend.allocate(8, 2), 1));
    assertFails(SHAPE_MISMATCH, () -> tape.squaredNorms(stacked, 1, 1));
    assertFails(SHAPE_MISMATCH, () -> tape.squaredNorms(x));
    assertFails(SHAPE_MISMATCH, () -> layer(x, zeros(2, 4), null, null));
    assertFails(SHAPE_MISMATCH, () -> layer(x, zeros(2, 3), zeros(1, 3), null));
    assertFails(SHAPE_MISMATCH, () -> layer(x, zeros(2, 3), null, zeros(2, 1)));
    assertFails(SHAPE_MISMATCH, () -> layer(x, zeros(2, 3), zeros(3, 2), null));
    assertFails(SHAPE_MISMATCH, () -> layer(row, zeros(2, 3), null, zeros(4, 2)));
    assertFails(SHAPE_MISMATCH, () -> tape.rowProduct(x, zeros(3, 6)));
    assertFails(SHAPE_MISMATCH, () -> tape.rowProduct(x, zeros(4, 5)));
    assertFails(SHAPE_MISMATCH, () -> tape.withTangents(x, List.of(zeros(4, 2))));
    assertFails(SHAPE_MISMATCH, () -> tape.seed(x, backend.allocate(3, 4)));
    assertFails(SHAPE_MISMATCH, () -> tape.seed(x, backend.allocate(1, 3)));
    assertFails(SHAPE_MISMATCH, () -> tape.backward(x));
    assertFails(
        SHAPE_MISMATCH, () -> new Parameter("p", backend.allocate(2, 3), backend.allocate(3, 2)));
    assertFails(INVALID_ARGUMENT, tape::concat);
  }

  @Test
  void tangentsThatAreNotThere() {
    assertFails(SHAPE_MISMATCH, () -> tape.tangent(x, 0));
    assertFails(SHAPE_MISMATCH, () -> tape.tangent(stacked, 2));
    assertFails(SHAPE_MISMATCH, () -> tape.tangent(stacked, -1));
    Var three = tape.input(backend.allocate(16, 3), 4);
    assertFails(SHAPE_MISMATCH, () -> tape.add(stacked, three));
    assertFails(SHAPE_MISMATCH, () -> tape.multiply(stacked, three));
    assertFails(SHAPE_MISMATCH, () -> tape.concat(stacked, three));
    assertFails(SHAPE_MISMATCH, () -> layer(stacked, three, null, null));
    assertFails(SHAPE_MISMATCH, () -> tape.rowProduct(stacked, three));
  }

  @Test
  void tangentsWhereNoneCanBe() {
    assertFails(UNSUPPORTED, () -> tape.withTangents(x, List.of(stacked)));
    assertFails(UNSUPPORTED, () -> tape.withTangents(stacked, List.of(x)));
    assertFails(UNSUPPORTED, () -> tape.custom(List.of(stacked), List.of(), (given, wanted) -> {}));
  }

  private Var layer(Var input, Var weight, @Nullable Var gate, @Nullable Var shift) {
    return tape.layer(Elementwise.TANH, input, weight, gate, shift);
  }

  @Test
  void gradientsOfConstants() {
    assertFails(UNSUPPORTED, one::gradient);
    assertFails(UNSUPPORTED, () -> tape.seed(one, backend.allocate(1, 1)));
    assertFails(UNSUPPORTED, () -> tape.backward(tape.add(one, tape.constant(2))));
    // Tangents of an input are directions: constants.
    assertFails(UNSUPPORTED, () -> tape.tangent(stacked, 0).gradient());
  }

  @Test
  void sweepsOfATapeThatOnlyEvaluates() {
    Tape evaluating = Tape.evaluating(backend);
    Var y = evaluating.mean(evaluating.input(backend.allocate(2, 2)));
    assertFails(UNSUPPORTED, evaluating::reverse);
    assertFails(UNSUPPORTED, () -> evaluating.accumulate(1));
    assertFails(UNSUPPORTED, () -> evaluating.seed(y, backend.allocate(1, 1)));
    assertFails(UNSUPPORTED, () -> evaluating.backward(y));
    assertFails(UNSUPPORTED, y::gradient);
  }

  @Test
  void sweepsOutOfOrder() {
    Var loss = tape.mean(x);
    assertFails(UNSUPPORTED, () -> tape.accumulate(1));
    tape.backward(loss);
    assertFails(UNSUPPORTED, tape::reverse);
    assertFails(UNSUPPORTED, () -> tape.backward(loss));
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
    assertFails(UNSUPPORTED, w::gradient);
    assertFails(UNSUPPORTED, y::gradient);
    assertEquals(4, x.gradient().rows());
  }
}
