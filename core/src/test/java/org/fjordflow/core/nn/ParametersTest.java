package org.fjordflow.core.nn;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Parameter;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One flat vector with named windows. */
final class ParametersTest {

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);
  private final Parameter scalar = parameters.add("scalar", new double[] {7});
  private final Parameter row = parameters.add("row", new double[] {1, 2, 3}, 3);
  private final Parameter matrix = parameters.add("matrix", new double[] {4, 5, 6, 8, 9, 10}, 2, 3);

  @AfterEach
  void close() {
    backend.close();
  }

  private static double[] counted() {
    return new double[] {-1, -2, -3, -4, -5, -6, -7, -8, -9, -10};
  }

  @Test
  void windowsFollowEachOtherInOrder() {
    assertEquals(10, parameters.size());
    assertEquals(
        List.of(
            new Parameters.Entry(scalar, List.of(), 0),
            new Parameters.Entry(row, List.of(3), 1),
            new Parameters.Entry(matrix, List.of(2, 3), 4)),
        parameters.entries());
    assertEquals(1, scalar.value().size());
    assertEquals(1, row.value().rows());
    assertEquals(2, matrix.value().rows());
    assertEquals(3, matrix.gradient().cols());
    assertThrows(UnsupportedOperationException.class, () -> parameters.entries().clear());
  }

  @Test
  void theWholeIsCopiedOutAndIn() {
    assertArrayEquals(new double[] {7, 1, 2, 3, 4, 5, 6, 8, 9, 10}, parameters.get());
    parameters.set(counted());
    assertArrayEquals(counted(), parameters.get());
    double[] second = new double[3];
    backend.download(matrix.value().rows(1, 2), second, 0);
    assertArrayEquals(new double[] {-8, -9, -10}, second);
    parameters.get()[0] = 99;
    assertArrayEquals(counted(), parameters.get());
  }

  @Test
  void buffersAreNoPartOfTheVector() {
    Parameter order = parameters.addBuffer("order", new double[] {1, 0}, 2);
    Parameter more = parameters.addBuffer("more", new double[] {5});
    assertEquals(10, parameters.size());
    assertEquals(3, parameters.entries().size());
    assertEquals(
        List.of(
            new Parameters.Entry(order, List.of(2), 0), new Parameters.Entry(more, List.of(), 2)),
        parameters.buffers());
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> parameters.add("order", new double[] {1}));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> parameters.addBuffer("row", new double[] {1}));
  }

  @Test
  void gradientsAddUpUntilTheyAreSetToZero() {
    assertArrayEquals(new double[10], parameters.gradient());
    for (int sweep = 1; sweep <= 2; sweep++) {
      Tape tape = Tape.recording(backend);
      Var product = tape.multiply(tape.parameter(row), tape.parameter(scalar));
      Var squares = tape.rowSum(tape.apply(Elementwise.SQUARE, tape.parameter(matrix)));
      tape.backward(tape.add(tape.rowSum(product), tape.columnSum(squares)));
      double[] once = {6, 7, 7, 7, 8, 10, 12, 16, 18, 20};
      for (int i = 0; i < once.length; i++) {
        assertEquals(sweep * once[i], parameters.gradient()[i], 1e-12);
      }
    }
    parameters.zeroGradient();
    assertArrayEquals(new double[10], parameters.gradient());
    assertEquals(7, parameters.get()[0]);
  }

  @Test
  void whatDoesNotFitIsRefusedAndChangesNothing() {
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> parameters.add("row", new double[] {1}, 1), "row");
    assertFails(
        ErrorKey.INVALID_ARGUMENT, () -> parameters.add("cube", new double[8], 2, 2, 2), "cube");
    assertFails(
        ErrorKey.SHAPE_MISMATCH, () -> parameters.add("short", new double[5], 2, 3), "short");
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> parameters.add("none", new double[0]), "none");
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> parameters.set(new double[9]));
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> parameters.set(new double[11]));
    assertEquals(3, parameters.entries().size());
    assertEquals(10, parameters.size());
  }

  @Test
  void singlePrecisionRounds() {
    try (Backend single = new CpuBackend(DType.FLOAT32)) {
      Parameters rounded = new Parameters(single);
      rounded.add("x", new double[] {0.1}, 1);
      assertArrayEquals(new double[] {0.1f}, rounded.get());
    }
  }
}
