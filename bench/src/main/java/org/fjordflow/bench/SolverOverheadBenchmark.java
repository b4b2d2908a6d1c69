package org.fjordflow.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.fjordflow.ode.OdeSolver;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
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
 * What the solver itself costs: the system y' = -y takes next to no time. The figure to read is
 * {@code elementSteps}: nanoseconds an element of the state and accepted step. Steps are made part
 * by part, here on one thread; a system that knows nothing of parts is one part.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class SolverOverheadBenchmark {

  /** The method; about 20 steps are made of each. */
  @Param({"rk4", "dopri5", "dopri853"})
  public String method;

  /** Elements of the state. */
  @Param({"768", "20000", "200000"})
  public int elements;

  /** Parts of the state, or 0 for a system that knows nothing of parts. */
  @Param({"0", "1", "50"})
  public int parts;

  /** Counts what an invocation has done. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  public static class Steps {
    /** Elements of the state times accepted steps. */
    public long elementSteps;
  }

  private double[] start;
  private OdeSystem system;
  private OdeSolver solver;

  /** Creates solver and system. */
  @Setup
  public void create() {
    SolverMethod chosen = SolverMethod.of(method);
    solver =
        new OdeSolver(
            chosen.isAdaptive()
                ? SolverConfig.adaptive(chosen, 1e-5, 1e-5).withStepBounds(0, 0.05)
                : SolverConfig.fixed(chosen, 20));
    start = new double[elements];
    Arrays.fill(start, 1);
    system = parts == 0 ? new Decay(elements) : new DecayInParts(elements, parts);
  }

  /** One solve from 0 to 1. */
  @Benchmark
  public Solution solve(Steps steps) {
    Solution solution = solver.solve(system, 0, start, 1);
    steps.elementSteps += elements * solution.stats().acceptedSteps();
    return solution;
  }
}
