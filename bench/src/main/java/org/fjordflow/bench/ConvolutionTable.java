package org.fjordflow.bench;

import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;

/**
 * 3 x 3 convolutions in float32 on one thread, forwards and back, beside the one product of
 * matrices that has as many multiplications and its patches ready.
 */
final class ConvolutionTable {

  private static final int ROUNDS = 7;

  /** Operations of a turn, at the least. */
  private static final double FLOPS = 1e9;

  /**
   * What is measured.
   *
   * @param images how many
   * @param side lines, and pixels a line
   * @param stride 1 or 2
   */
  record Shape(int images, int side, int in, int out, int stride) {
    Backend.Window window() {
      return new Backend.Window(side, side, 3, stride);
    }

    double flops() {
      return 2.0 * images * window().results() * 9 * in * out;
    }

    @Override
    public String toString() {
      return "%d of %d x %d, %d to %d%s"
          .formatted(images, side, side, in, out, stride == 1 ? "" : ", stride 2");
    }
  }

  static final List<Shape> SHAPES =
      List.of(
          new Shape(8, 28, 1, 32, 1),
          new Shape(8, 28, 16, 16, 1),
          new Shape(8, 28, 32, 32, 1),
          new Shape(4, 28, 64, 64, 1),
          new Shape(16, 14, 4, 32, 1),
          new Shape(16, 14, 32, 32, 1),
          new Shape(16, 14, 32, 4, 1),
          new Shape(8, 14, 64, 64, 1),
          new Shape(32, 7, 64, 64, 1),
          new Shape(32, 8, 32, 32, 1),
          new Shape(64, 4, 64, 64, 1),
          new Shape(8, 28, 32, 64, 2));

  private ConvolutionTable() {}

  /** Prints rates in GFLOP/s. */
  static void print(List<Shape> shapes, PrintStream out) {
    out.printf("%nConvolutions of 3 x 3, float32, one thread, GFLOP/s%n");
    out.println("| images | forwards | to the input | to the weight | product of the same size |");
    out.println("|---|---|---|---|---|");
    try (Backend backend = new CpuBackend(DType.FLOAT32, 1)) {
      for (Shape shape : shapes) {
        double[] rates = rates(backend, shape);
        out.printf(
            Locale.ROOT,
            "| %s | %.1f | %.1f | %.1f | %.1f |%n",
            shape,
            rates[0],
            rates[1],
            rates[2],
            rates[3]);
      }
    }
  }

  private static double[] rates(Backend backend, Shape shape) {
    Backend.Window window = shape.window();
    Matrix x = filled(backend, shape.images() * window.pixels(), shape.in());
    Matrix y = filled(backend, shape.images() * window.results(), shape.out());
    Matrix weight = filled(backend, shape.out(), 9 * shape.in());
    Matrix weightBar = filled(backend, shape.out(), 9 * shape.in());
    Matrix patches = filled(backend, y.rows(), 9 * shape.in());
    List<Runnable> kernels =
        List.of(
            () -> backend.convolve(x, window, weight, y),
            () -> backend.convolveInputs(y, window, weight, false, x),
            () -> backend.convolveWeights(1, y, x, window, 0, weightBar),
            () -> backend.gemm(false, true, 1, patches, weight, 0, y));
    // The thread's processor time: other programs may run.
    ThreadMXBean clock = ManagementFactory.getThreadMXBean();
    double[] best = new double[kernels.size()];
    int repeats = (int) Math.max(1, FLOPS / shape.flops());
    for (int round = 0; round <= ROUNDS; round++) {
      for (int k = 0; k < best.length; k++) {
        long start = clock.getCurrentThreadCpuTime();
        for (int i = 0; i < repeats; i++) {
          kernels.get(k).run();
        }
        double rate = shape.flops() * repeats / (clock.getCurrentThreadCpuTime() - start);
        best[k] = round == 0 ? 0 : Math.max(best[k], rate);
      }
    }
    return best;
  }

  private static Matrix filled(Backend backend, int rows, int cols) {
    Matrix matrix = backend.allocate(rows, cols);
    double[] values = new double[rows * cols];
    Arrays.setAll(values, i -> 0.1 * Math.sin(i));
    backend.upload(values, 0, matrix);
    return matrix;
  }
}
