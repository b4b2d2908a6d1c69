package org.fjordflow.bench;

import java.util.concurrent.TimeUnit;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.backend.Matrix;
import org.jspecify.annotations.Nullable;
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
 * What it costs that a backend may be closed at any time: {@link #lease} is what an operation does
 * to announce itself, beside the smallest operations and a product, each by itself and within a
 * lease.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LeaseBenchmark {

  private static final int ROWS = 100;
  private static final int WIDTH = 64;

  /** Whether a lease is held around everything. */
  @Param({"false", "true"})
  public boolean within;

  private Backend backend;
  private Backend.@Nullable Lease held;
  private Matrix points;
  private Matrix x;
  private Matrix y;
  private Matrix weight;

  /** Allocates the matrices. */
  @Setup
  public void create() {
    backend = new CpuBackend(DType.FLOAT32, 1);
    points = backend.allocate(ROWS, 2);
    x = backend.allocate(ROWS, WIDTH);
    y = backend.allocate(ROWS, WIDTH);
    weight = backend.allocate(WIDTH, WIDTH);
    held = within ? backend.lease() : null;
  }

  /** Frees everything. */
  @TearDown
  public void close() {
    backend.close();
    if (held != null) {
      held.close();
    }
  }

  /** A lease alone. */
  @Benchmark
  public void lease() {
    backend.lease().close();
  }

  /** One pass over 200 numbers. */
  @Benchmark
  public void fillPoints() {
    backend.fill(1, points);
  }

  /** 100 x 64 times 64 x 64. */
  @Benchmark
  public void product() {
    backend.gemm(false, false, 1, x, weight, 0, y);
  }
}
