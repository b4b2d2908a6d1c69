package org.fjordflow.bench;

import java.util.concurrent.TimeUnit;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.BackendKind;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Elementwise;
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
 * The element-wise part of a layer of width 64 on a stack of 256 rows with two tangents. Compare
 * with {@link LinearKernelBenchmark#copy}, which moves as many elements as one stack has.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LayerKernelBenchmark {

  private static final int ROWS = 256;
  private static final int TANGENTS = 2;
  private static final int WIDTH = 64;

  /** Element type. */
  @Param public DType dtype;

  /** The activation. */
  @Param({"TANH", "SOFTPLUS", "ELU"})
  public Elementwise activation;

  /** The backend. */
  @Param("cpu")
  public String backend;

  private Backend kernels;
  private Matrix product;
  private Matrix result;
  private Matrix first;
  private Matrix second;
  private Matrix gate;
  private Matrix shift;
  private Matrix gateBar;
  private Matrix shiftBar;

  /** Allocates and fills the matrices. */
  @Setup
  public void create() {
    kernels = BackendKind.of(backend).create(dtype);
    int stack = (1 + TANGENTS) * ROWS;
    product = kernels.allocate(stack, WIDTH);
    double[] values = new double[stack * WIDTH];
    for (int i = 0; i < values.length; i++) {
      values[i] = 3 * Math.sin(i);
    }
    kernels.upload(values, 0, product);
    result = kernels.allocate(stack, WIDTH);
    first = kernels.allocate(ROWS, WIDTH);
    second = kernels.allocate(ROWS, WIDTH);
    gate = kernels.allocate(1, WIDTH);
    kernels.fill(0.7, gate);
    shift = kernels.allocate(1, WIDTH);
    kernels.fill(0.1, shift);
    gateBar = kernels.allocate(1, WIDTH);
    shiftBar = kernels.allocate(1, WIDTH);
    kernels.layerForward(activation, product, ROWS, gate, shift, result, first, second);
  }

  /** Frees the matrices. */
  @TearDown
  public void close() {
    kernels.close();
  }

  /** f, f' and f'' of the value alone. */
  @Benchmark
  public void activate() {
    Matrix value = product.rows(0, ROWS);
    kernels.apply(activation, value, result.rows(0, ROWS), first, second);
  }

  /** Bias and activation, derivatives kept. */
  @Benchmark
  public void forward() {
    kernels.layerForward(activation, product, ROWS, null, shift, result, first, second);
  }

  /** The reverse of {@link #forward}. */
  @Benchmark
  public void backward() {
    kernels.layerBackward(product, ROWS, null, first, second, product, result, null, shiftBar);
  }

  /** Gate, bias and activation, derivatives kept. */
  @Benchmark
  public void gatedForward() {
    kernels.layerForward(activation, product, ROWS, gate, shift, result, first, second);
  }

  /** The reverse of {@link #gatedForward}. */
  @Benchmark
  public void gatedBackward() {
    kernels.layerBackward(product, ROWS, gate, first, second, product, result, gateBar, shiftBar);
  }
}
