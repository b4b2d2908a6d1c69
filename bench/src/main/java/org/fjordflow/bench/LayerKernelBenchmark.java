package org.fjordflow.bench;

import java.util.concurrent.TimeUnit;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.Backends;
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
 * The element-wise part of a layer on stacks of value and tangents. {@link #copy} is what memory
 * allows: {@code bench/kernels} prints every kernel beside the time in which as many bytes are
 * copied.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LayerKernelBenchmark {

  /** The sizes of a stack. */
  public enum Shape {
    /** A small network in two dimensions with the exact trace: within a second-level cache. */
    SMALL(512, 64, 2),
    /** A large batch through a narrow network. */
    TALL(10_000, 60, 1),
    /** A wide network. */
    WIDE(1_000, 860, 1);

    final int rows;
    final int width;
    final int tangents;

    Shape(int rows, int width, int tangents) {
      this.rows = rows;
      this.width = width;
      this.tangents = tangents;
    }

    /** Returns how many elements the value has. */
    long valueElements() {
      return (long) rows * width;
    }

    /** Returns how many elements the stack has. */
    long stackElements() {
      return (1 + tangents) * valueElements();
    }
  }

  /** Element type. */
  @Param public DType dtype;

  /** The activation. */
  @Param({"TANH", "SOFTPLUS", "ELU"})
  public Elementwise activation;

  /** The sizes. */
  @Param public Shape shape;

  /** The backend. */
  @Param("cpu")
  public String backend;

  private Backend kernels;
  private Matrix product;
  private Matrix result;
  private Matrix bar;
  private Matrix first;
  private Matrix second;
  private Matrix gate;
  private Matrix shift;
  private Matrix gateBar;
  private Matrix shiftBar;

  /** Allocates and fills the matrices. */
  @Setup
  public void create() {
    kernels = Backends.create(backend, dtype, Runtime.getRuntime().availableProcessors());
    int stack = (1 + shape.tangents) * shape.rows;
    product = kernels.allocate(stack, shape.width);
    double[] values = new double[stack * shape.width];
    for (int i = 0; i < values.length; i++) {
      values[i] = 3 * Math.sin(i);
    }
    kernels.upload(values, 0, product);
    result = kernels.allocate(stack, shape.width);
    first = kernels.allocate(shape.rows, shape.width);
    second = kernels.allocate(shape.rows, shape.width);
    gate = kernels.allocate(1, shape.width);
    kernels.fill(0.7, gate);
    shift = kernels.allocate(1, shape.width);
    kernels.fill(0.1, shift);
    gateBar = kernels.allocate(1, shape.width);
    shiftBar = kernels.allocate(1, shape.width);
    bar = kernels.allocate(stack, shape.width);
    kernels.upload(values, 0, bar);
    kernels.layerForward(activation, product, shape.rows, gate, shift, result, first, second);
  }

  /** Frees the matrices. */
  @TearDown
  public void close() {
    kernels.close();
  }

  /** The floor: the stack copied. */
  @Benchmark
  public void copy() {
    kernels.copy(product, result);
  }

  /** f, f' and f'' of the value alone. */
  @Benchmark
  public void activate() {
    Matrix value = product.rows(0, shape.rows);
    kernels.apply(activation, value, result.rows(0, shape.rows), first, second);
  }

  /** Gate, bias and activation where nothing is recorded. */
  @Benchmark
  public void evaluate() {
    kernels.layerForward(activation, product, shape.rows, gate, shift, result, null, null);
  }

  /** Bias and activation, derivatives kept. */
  @Benchmark
  public void forward() {
    kernels.layerForward(activation, product, shape.rows, null, shift, result, first, second);
  }

  /** The reverse of {@link #forward}. */
  @Benchmark
  public void backward() {
    kernels.layerBackward(product, shape.rows, null, first, second, bar, result, null, shiftBar);
  }

  /** Gate, bias and activation, derivatives kept. */
  @Benchmark
  public void gatedForward() {
    kernels.layerForward(activation, product, shape.rows, gate, shift, result, first, second);
  }

  /** The reverse of {@link #gatedForward}. */
  @Benchmark
  public void gatedBackward() {
    kernels.layerBackward(product, shape.rows, gate, first, second, bar, result, gateBar, shiftBar);
  }
}
