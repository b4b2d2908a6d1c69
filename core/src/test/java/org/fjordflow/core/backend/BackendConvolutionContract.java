package org.fjordflow.core.backend;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;

import org.fjordflow.base.ErrorKey;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Convolutions and their reverse against plain loops. */
abstract class BackendConvolutionContract extends BackendSequenceContract {

  /** Images, lines, pixels a line, input channels, output channels, kernel, stride. */
  private static final int[][] CONVOLUTIONS = {
    {3, 4, 5, 2, 3, 3, 1},
    {2, 1, 1, 1, 4, 3, 1},
    {2, 2, 1, 4, 1, 3, 1},
    {1, 3, 3, 2, 2, 1, 1},
    {2, 5, 4, 1, 2, 5, 1},
    {3, 4, 5, 3, 2, 3, 2},
    {2, 5, 4, 2, 3, 3, 2},
    {2, 1, 2, 2, 2, 5, 2},
    {2, 3, 3, 2, 1, 1, 2},
    {0, 3, 3, 2, 1, 3, 1},
    {24, 28, 28, 7, 18, 3, 1}
  };

  @ParameterizedTest
  @EnumSource
  void convolutionsMatchLoops(DType dtype) {
    try (Backend backend = create(dtype)) {
      Workbench bench = new Workbench(backend, SEED);
      for (int[] shape : CONVOLUTIONS) {
        if (shape[0] < 24 || backend instanceof CpuBackend) {
          convolve(bench, shape);
        }
      }
    }
  }

  private static void convolve(Workbench bench, int... shape) {
    Backend.Window window = new Backend.Window(shape[1], shape[2], shape[5], shape[6]);
    Values x = bench.normal(shape[0] * window.pixels(), shape[3]);
    Values weight = bench.normal(shape[4], window.taps() * shape[3]);
    Values y = Values.zeros(shape[0] * window.results(), shape[4]);
    Values sizes = Values.zeros(y.rows, y.cols);
    Values yBar = bench.normal(y.rows, y.cols);
    Values xBar = Values.zeros(x.rows, x.cols);
    Values weightBar = Values.zeros(weight.rows, weight.cols);
    ColumnIndex patches = window.patches(shape[3]);
    for (int row = 0; row < y.rows; row++) {
      int image = row / window.results();
      for (int term = 0; term < weight.cols; term++) {
        int source = patches.sources()[row % window.results() * weight.cols + term];
        if (source == ColumnIndex.NONE) {
          continue;
        }
        int pixel = image * window.pixels() + source / shape[3];
        int channel = source % shape[3];
        double given = x.get(pixel, channel);
        for (int out = 0; out < y.cols; out++) {
          double w = weight.get(out, term);
          double bar = yBar.get(row, out);
          y.set(row, out, y.get(row, out) + given * w);
          sizes.set(row, out, sizes.get(row, out) + Math.abs(given * w));
          xBar.set(pixel, channel, xBar.get(pixel, channel) + bar * w);
          weightBar.set(out, term, weightBar.get(out, term) + bar * given);
        }
      }
    }
    bench.begin("convolve of " + window + ", " + shape[3] + " to " + shape[4]);
    double tolerance = bench.backend.dtype() == DType.FLOAT32 ? 1e-6 : 1e-14;
    Workbench.Item in = bench.put(x);
    Workbench.Item weights = bench.put(weight);
    Workbench.Item out = bench.output(y, 0);
    bench.backend.convolve(in.matrix(), window, weights.matrix(), out.matrix());
    out.expect(y, sizes.map(s -> 1 + s), tolerance, "y");
    Workbench.Item bars = bench.put(yBar);
    for (boolean accumulate : new boolean[] {false, true}) {
      Values old = bench.normal(x.rows, x.cols);
      Workbench.Item inBars = bench.output(old, accumulate ? 1 : 0);
      bench.backend.convolveInputs(
          bars.matrix(), window, weights.matrix(), accumulate, inBars.matrix());
      Values expected = sum(1, xBar, accumulate ? 1 : 0, old);
      Values size = Values.constant(x.rows, x.cols, 20.0 * weight.rows);
      inBars.expect(expected, size, tolerance, "xBar");
    }
    for (double beta : new double[] {0, 1, -0.5}) {
      Values old = bench.normal(weight.rows, weight.cols);
      Workbench.Item weightBars = bench.output(old, beta);
      bench.backend.convolveWeights(
          0.7, bars.matrix(), in.matrix(), window, beta, weightBars.matrix());
      Values expected = sum(0.7, weightBar, beta, old);
      Values size = Values.constant(weight.rows, weight.cols, 10 + y.rows);
      weightBars.expect(expected, size, tolerance, "weightBar");
    }
    bench.expectOthersUnchanged();
  }

  private static Values sum(double alpha, Values a, double beta, Values b) {
    Values sum = a.map(v -> alpha * v);
    for (int i = 0; i < sum.at.length; i++) {
      sum.at[i] += beta * b.at[i];
    }
    return sum;
  }

  @ParameterizedTest
  @EnumSource
  void convolutionsOfOtherShapesAreRefused(DType dtype) {
    try (Backend backend = create(dtype)) {
      Backend.Window window = new Backend.Window(2, 2, 3, 1);
      Matrix x = backend.allocate(8, 3);
      Matrix weight = backend.allocate(2, 27);
      Matrix y = backend.allocate(8, 2);
      Matrix part = backend.allocate(6, 3);
      Matrix narrow = backend.allocate(2, 26);
      Matrix wide = backend.allocate(8, 3);
      assertFails(ErrorKey.SHAPE_MISMATCH, () -> backend.convolve(part, window, weight, y));
      assertFails(ErrorKey.SHAPE_MISMATCH, () -> backend.convolve(x, window, narrow, y));
      assertFails(
          ErrorKey.SHAPE_MISMATCH, () -> backend.convolveInputs(wide, window, weight, false, x));
      assertFails(
          ErrorKey.SHAPE_MISMATCH, () -> backend.convolveWeights(1, y, part, window, 0, weight));
    }
    for (int[] sizes : new int[][] {{2, 2, 2, 1}, {0, 2, 3, 1}, {2, 2, 3, 3}, {2, 2, 3, 0}}) {
      assertFails(
          ErrorKey.INVALID_ARGUMENT,
          () -> new Backend.Window(sizes[0], sizes[1], sizes[2], sizes[3]).pixels());
    }
  }
}
