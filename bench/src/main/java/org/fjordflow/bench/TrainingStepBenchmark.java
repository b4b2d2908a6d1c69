package org.fjordflow.bench;

import java.util.concurrent.TimeUnit;
import org.fjordflow.core.flow.Pass.Work;
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

/** Loss and gradient of a batch at initial parameters: a training step but for the update. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
public class TrainingStepBenchmark {

  /** Model and batch size. */
  @Param public Workload workload;

  private GradientStep step;

  /** Creates model and batch. */
  @Setup
  public void create() {
    step = new GradientStep(workload.model(), workload.rows());
  }

  /** Frees the model. */
  @TearDown
  public void close() {
    step.close();
  }

  /** One loss and gradient. */
  @Benchmark
  public Work lossAndGradient() {
    return step.run();
  }
}
