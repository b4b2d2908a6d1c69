package org.fjordflow.discrete.internal.parts;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Activation;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.discrete.transform.ColumnTransform;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Outputs for a column depend on the columns before it, all of them, and on all of the context. */
final class MaskedMlpTest {

  private static final ColumnTransform SPLINE = ColumnTransform.spline(2, 3);

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);
  private final RandomGenerator random = new SplittableRandom(GradientCheck.defaultSeed());

  @AfterEach
  void close() {
    backend.close();
  }

  @ParameterizedTest
  @CsvSource({"0, 1, false", "0, 2, false", "2, 1, false", "2, 3, false", "0, 2, true", "2, 1, true"})
  void masksLetEarlierColumnsThroughAndNoOthers(int contextSize, int hiddenLayers, boolean withAngles) {
    int[] order = {2, 0, 3, 1};
    Columns columns = Columns.of(4, SPLINE, withAngles ? List.of(0, 1) : List.of());
    MaskedMlp network =
        MaskedMlp.create(
            parameters,
            "m",
            order,
            contextSize,
            List.of(24, 16, 24).subList(0, hiddenLayers),
            columns,
            Activation.TANH,
            random);
    for (int i = 0; i < 4; i++) {
      for (int k = columns.firstParameter(i); k < columns.firstParameter(i + 1); k++) {
        checkOutput(network, order, i, k);
      }
    }
  }

  private void checkOutput(MaskedMlp network, int[] order, int column, int output) {
    int contextSize = network.contextSize();
    Tape tape = Tape.recording(backend);
    Var x = tape.input(new GradientCheck(backend, 1, "x").uniform(5, 4, -1, 1));
    Var context =
        contextSize == 0
            ? null
            : tape.input(new GradientCheck(backend, 2, "c").uniform(5, contextSize, -1, 1));
    Var y = network.apply(tape, x, context);
    tape.backward(tape.columnSum(tape.columns(y, output, output + 1)));
    double[] byX = Elements.of(backend, x.gradient());
    int position = position(order, column);
    for (int j = 0; j < 4; j++) {
      assertEquals(position(order, j) < position, byX[j] != 0, column + " by " + j);
    }
    if (context != null) {
      for (double g : Elements.of(backend, context.gradient())) {
        assertEquals(true, g != 0, "the context counts for column " + column);
      }
    }
  }

  private static int position(int[] order, int column) {
    int i = 0;
    while (order[i] != column) {
      i++;
    }
    return i;
  }

  @Test
  void sizesAndOrdersAreChecked() {
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> create(List.of(), 0, 1));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> create(List.of(0), 0, 1));
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> create(List.of(3), 0, 0), "[0, 0]");
    assertFails(ErrorKey.INVALID_ARGUMENT, () -> create(List.of(3), 0, 2), "[0, 2]");
  }

  private void create(List<Integer> hidden, int... order) {
    MaskedMlp network =
        MaskedMlp.create(
            parameters,
            "m",
            order,
            0,
            hidden,
            Columns.of(order.length, SPLINE),
            Activation.TANH,
            random);
    assertEquals(order.length, network.dim());
  }
}
