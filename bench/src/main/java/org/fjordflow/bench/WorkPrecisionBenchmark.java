package org.fjordflow.bench;

import java.util.concurrent.TimeUnit;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.fjordflow.ode.internal.problems.InitialValueProblem;
import org.fjordflow.ode.internal.problems.Problems;
import org.openjdk.jmh.annotations.AuxCounters;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * Solves of published problems by adaptive methods. {@code evaluations} is the time by evaluation:
 * the time of a solve divided by it is the number of evaluations. What errors these solves have is
 * told by {@code fjord solvers}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class WorkPrecisionBenchmark {

  /** Name of the problem. */
  @Param({"arenstorf", "pleiades", "B5", "C5"})
  public String problem;

  /** An adaptive method. */
  @Param({"dopri5", "dopri853"})
  public String method;

  /** Relative and absolute tolerance. */
  @Param({"1e-4", "1e-7", "1e-10"})
  public double tolerance;

  /** Counts what an invocation has done. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Counts {
    /** Evaluations of the right-hand side. */
    public long evaluations;
  }

  private InitialValueProblem solved;
  private SolverConfig config;

  /** Finds problem and method. */
  @Setup
  public void create() {
    solved = Problems.of(problem);
    config = SolverConfig.adaptive(SolverMethod.of(method), tolerance, tolerance);
  }

  /** One solve over the whole interval. */
  @Benchmark
  public Solution solve(Counts counts) {
    Solution solution = solved.solve(config).orThrow();
    counts.evaluations += solution.stats().evaluations();
    return solution;
  }
}
