package org.fjordflow.bench;

import java.util.concurrent.TimeUnit;
import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.cnf.SolveSettings;
import org.fjordflow.core.data.ToyDensity;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Pass.Work;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.train.RandomStreams;
import org.fjordflow.core.train.RandomStreams.Purpose;
import org.fjordflow.ode.Adjoint;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.DiscreteAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
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
 * Solves of FFJORD's flow for two dimensions in float64, at initial parameters: log-densities, and
 * gradients by both adjoints. Trained flows are measured by {@code fjord solvers}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class FlowWorkPrecisionBenchmark {
  private static final RandomStreams RANDOM = new RandomStreams(1);

  /** An adaptive method. */
  @Param({"dopri5", "dopri853"})
  public String method;

  /** Relative and absolute tolerance. */
  @Param({"1e-4", "1e-7"})
  public double tolerance;

  /** Rows of the batch. */
  @Param("64")
  public int rows;

  private double[][] points;
  private BuiltModel<ModelConfig> model;
  private GradientStep discrete;
  private GradientStep continuous;

  /** Creates the model and its rows. */
  @Setup
  public void create() {
    points = ToyDensity.MOONS.sample(rows, RANDOM.generator(Purpose.DATA));
    model = solvedWith(new DiscreteAdjoint());
    discrete = new GradientStep(model, points);
    continuous = new GradientStep(solvedWith(new ContinuousAdjoint()), points);
  }

  private BuiltModel<ModelConfig> solvedWith(Adjoint adjoint) {
    ModelConfig config = ModelConfig.ffjord(2).withDtype("float64");
    SolveSettings solve =
        SolveSettings.exact()
            .withSolver(SolverConfig.adaptive(SolverMethod.of(method), tolerance, tolerance))
            .withAdjoint(adjoint);
    return config.withSolve(solve).create(RANDOM.generator(Purpose.INITIALIZATION));
  }

  /** Frees the models. */
  @TearDown
  public void close() {
    discrete.close();
    continuous.close();
  }

  /** Log-densities of the rows. */
  @Benchmark
  public LogDensity forward() {
    return model.flow().score(points, Context.none(), RANDOM.generator(Purpose.PROBES));
  }

  /** Loss and gradient by the discrete adjoint. */
  @Benchmark
  public Work discreteGradient() {
    return discrete.run();
  }

  /** Loss and gradient by the continuous adjoint. */
  @Benchmark
  public Work continuousGradient() {
    return continuous.run();
  }
}
