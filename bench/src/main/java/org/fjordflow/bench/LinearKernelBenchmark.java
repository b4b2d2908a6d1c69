package org.fjordflow.bench;

import java.util.concurrent.TimeUnit;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Backends;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Products and copies of a backend, on a stack of 256 rows with two tangents; {@link #copy} is what
 * memory allows, {@link #peakProduct} what the processor does. {@code -p backend=nd4j} measures the
 * other backend.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LinearKernelBenchmark {

  private static final int ROWS = 3 * 256;
  private static final int WIDTH = 64;
  private static final int PEAK = 1024;
  private static final int WIDE_ROWS = 2_000;
  private static final int WIDE = 860;

  /** Element type. */
  @Param public DType dtype;

  /** The backend. */
  @Param("cpu")
  public String backend;

  private Backend kernels;
  private Matrix x;
  private Matrix y;
  private Matrix weight;
  private Matrix narrow;
  private Matrix narrowResult;
  private Matrix narrowWeight;
  private Matrix column;
  private Matrix row;
  private Matrix square;
  private Matrix squareResult;
  private Matrix wide;
  private Matrix wideWeight;
  private Matrix wideResult;
  private double[] host;

  /** Allocates and fills the matrices. */
  @Setup
  public void create() {
    kernels = Backends.create(backend, dtype, Runtime.getRuntime().availableProcessors());
    x = filled(ROWS, WIDTH);
    y = filled(ROWS, WIDTH);
    weight = filled(WIDTH, WIDTH);
    narrow = filled(ROWS, 3);
    narrowResult = filled(ROWS, 3);
    narrowWeight = filled(WIDTH, 3);
    column = filled(ROWS, 1);
    row = filled(1, WIDTH);
    square = filled(PEAK, PEAK);
    squareResult = filled(PEAK, PEAK);
    wide = filled(WIDE_ROWS, WIDE);
    wideWeight = filled(WIDE, WIDE);
    wideResult = filled(WIDE_ROWS, WIDE);
    host = new double[ROWS * WIDTH];
  }

  private Matrix filled(int rows, int cols) {
    Matrix matrix = kernels.allocate(rows, cols);
    double[] values = new double[rows * cols];
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.sin(i);
    }
    kernels.upload(values, 0, matrix);
    return matrix;
  }

  /** Frees the matrices. */
  @TearDown
  public void close() {
    kernels.close();
  }

  /** 768 x 64 copied. */
  @Benchmark
  public void copy() {
    kernels.copy(x, y);
  }

  /** 768 x 64 doubles to the backend. */
  @Benchmark
  public void upload() {
    kernels.upload(host, 0, y);
  }

  /** The floor of products: 1,024 x 1,024 times as much. */
  @Benchmark
  public void peakProduct() {
    kernels.gemm(false, true, 1, square, square, 0, squareResult);
  }

  /** A wide layer's product, 2,000 x 860 times 860 x 860. */
  @Benchmark
  public void wideProduct() {
    kernels.gemm(false, true, 1, wide, wideWeight, 0, wideResult);
  }

  /** A wide layer's weight gradient, 860 x 2,000 times 2,000 x 860. */
  @Benchmark
  public void wideWeightGradient() {
    kernels.gemm(true, false, 1, wide, wideResult, 0, wideWeight);
  }

  /** A layer's product, 768 x 64 times 64 x 64. */
  @Benchmark
  public void product() {
    kernels.gemm(false, true, 1, x, weight, 0, y);
  }

  /** The gradient of its weights, 64 x 768 times 768 x 64. */
  @Benchmark
  public void weightGradient() {
    kernels.gemm(true, false, 1, x, y, 0, weight);
  }

  /** The first layer's product, 768 x 3 times 3 x 64. */
  @Benchmark
  public void narrowProduct() {
    kernels.gemm(false, true, 1, narrow, narrowWeight, 0, y);
  }

  /** A sum, 768 x 64. */
  @Benchmark
  public void add() {
    kernels.add(1, x, 1, y);
  }

  /** Two of three columns of 768 rows: an input beside time. */
  @Benchmark
  public void copyNarrowColumns() {
    kernels.copyColumns(narrow, 0, narrowResult, 1, 2, false);
  }

  /** Sums of 768 rows of 64. */
  @Benchmark
  public void rowSums() {
    kernels.rowDots(1, x, null, 0, column);
  }

  /** Sums of 64 columns of 768. */
  @Benchmark
  public void columnSums() {
    kernels.columnDots(1, x, null, 0, row);
  }
}
