package org.fjordflow.core.nn;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.testing.GradientCheck;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Convolutions against plain loops and finite differences, in both orders of computation. */
final class ConvolutionTest {

  private static final long SEED = GradientCheck.defaultSeed();
  private static final int IMAGES = 3;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final Parameters parameters = new Parameters(backend);
  private final RandomGenerator random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    backend.close();
  }

  @ParameterizedTest
  @CsvSource({
    "4, 5, 2, 3, 3",
    "4, 5, 3, 2, 3",
    "1, 1, 1, 4, 3",
    "2, 1, 4, 1, 3",
    "3, 3, 2, 2, 1",
    "5, 4, 1, 2, 5",
    "5, 4, 2, 1, 5",
    "2, 2, 3, 3, 3"
  })
  void isItsFormula(int height, int width, int in, int out, int kernel) {
    Convolution convolution =
        Convolution.create(parameters, "c", height, width, in, out, kernel, random);
    assertEquals((kernel * kernel * in + 1) * out, parameters.size());
    double[] x = random.doubles((long) IMAGES * height * width * in, -1, 1).toArray();
    Tape tape = Tape.evaluating(backend);
    Var y =
        convolution.apply(tape, tape.constant(x, IMAGES * height * width, in), Elementwise.TANH);
    double[] theta = parameters.get();
    double[] expected = new double[IMAGES * height * width * out];
    for (int e = 0; e < expected.length; e++) {
      int o = e % out;
      int pixel = e / out % (height * width);
      int image = e / out / (height * width);
      double sum = theta[kernel * kernel * in * out + o];
      for (int a = 0; a < kernel; a++) {
        for (int b = 0; b < kernel; b++) {
          int line = pixel / width + a - kernel / 2;
          int column = pixel % width + b - kernel / 2;
          for (int i = 0; i < in; i++) {
            if (line >= 0 && line < height && column >= 0 && column < width) {
              sum +=
                  theta[((o * kernel + a) * kernel + b) * in + i]
                      * x[((image * height + line) * width + column) * in + i];
            }
          }
        }
      }
      expected[e] = Math.tanh(sum);
    }
    assertArrayEquals(expected, Elements.of(backend, y.value()), 1e-12, "seed " + SEED);
  }

  @ParameterizedTest
  @CsvSource({"3, 2, 1, 3, 0", "3, 2, 3, 1, 0", "2, 2, 2, 2, 0", "3, 2, 1, 3, 2", "3, 2, 3, 1, 2"})
  void derivativesAgreeWithFiniteDifferences(int height, int width, int in, int out, int tangents) {
    Convolution convolution =
        Convolution.create(parameters, "c", height, width, in, out, 3, random);
    GradientCheck check = new GradientCheck(backend, SEED, "convolution");
    int rows = 2 * height * width;
    check.input(check.uniform((1 + tangents) * rows, in, -1, 1), rows);
    parameters.entries().forEach(entry -> check.parameter(entry.parameter()));
    check.assertDerivatives(
        1e-8, (tape, inputs) -> convolution.apply(tape, inputs.get(0), Elementwise.TANH));
  }

  @Test
  void noImagesAreNoImages() {
    Convolution convolution = Convolution.create(parameters, "c", 2, 2, 3, 1, 3, random);
    Tape tape = Tape.recording(backend);
    Var y = convolution.apply(tape, tape.input(backend.allocate(0, 3)), Elementwise.RELU);
    assertEquals(0, y.rows());
    assertEquals(1, y.cols());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    Convolution convolution = Convolution.create(parameters, "c", 2, 2, 3, 1, 3, random);
    Tape tape = Tape.evaluating(backend);
    for (int[] shape : new int[][] {{4, 2}, {6, 3}}) {
      Var x = tape.constant(backend.allocate(shape[0], shape[1]));
      assertFails(
          ErrorKey.SHAPE_MISMATCH, () -> convolution.apply(tape, x, Elementwise.IDENTITY).rows());
    }
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> Convolution.create(parameters, "even", 2, 2, 3, 1, 2, random).dense());
    assertFails(
        ErrorKey.INVALID_ARGUMENT,
        () -> Convolution.create(parameters, "none", 2, 2, 0, 1, 3, random).dense());
  }
}
