package org.fjordflow.bench;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.fjordflow.ode.OdeSolver;
import org.fjordflow.ode.OdeSystem;
import org.fjordflow.ode.Solution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.hipparchus.ode.ExpandableODE;
import org.hipparchus.ode.ODEState;
import org.hipparchus.ode.OrdinaryDifferentialEquation;
import org.hipparchus.ode.nonstiff.DormandPrince54Integrator;
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
 * What the solver itself costs. The figure to read is {@code elementSteps}: nanoseconds an element
 * of the state and accepted step, with six evaluations of y' = -y in it, whose share {@code field}
 * shows where the method is {@code dopri5}. Steps are made part by part, here on one thread; a
 * system that knows nothing of parts is one part. {@code hipparchus} has the same steps made by
 * Hipparchus' Dormand-Prince 5(4).
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

  private static final int EVALUATIONS = 6;

  private double[] start;
  private double[][] states;
  private double[][][] slopes;
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
    int count = Math.max(parts, 1);
    states = new double[count][elements / count];
    slopes = new double[EVALUATIONS][count][elements / count];
    system = parts == 0 ? new Decay(elements) : new DecayInParts(elements, parts);
  }

  /** One solve from 0 to 1. */
  @Benchmark
  public Solution solve(Steps steps) {
    Solution solution = solver.solve(system, 0, start, 1);
    steps.elementSteps += elements * solution.stats().acceptedSteps();
    return solution;
  }

  /** The evaluations of a step, in the parts that a solve has. */
  @Benchmark
  public double[][] field(Steps steps) {
    for (int evaluation = 0; evaluation < EVALUATIONS; evaluation++) {
      for (int part = 0; part < states.length; part++) {
        Decay.negate(states[part], slopes[evaluation][part]);
      }
    }
    steps.elementSteps += elements;
    return slopes[0];
  }

  /** The solve by Hipparchus alone. */
  @Benchmark
  public double[] hipparchus(Steps steps) {
    DormandPrince54Integrator integrator = new DormandPrince54Integrator(1e-300, 0.05, 1e-5, 1e-5);
    long[] accepted = new long[1];
    integrator.addStepHandler(interpolator -> accepted[0]++);
    OrdinaryDifferentialEquation equation =
        new OrdinaryDifferentialEquation() {
          @Override
          public int getDimension() {
            return elements;
          }

          @Override
          public double[] computeDerivatives(double t, double[] y) {
            double[] slope = new double[elements];
            Decay.negate(y, slope);
            return slope;
          }
        };
    double[] end =
        integrator
            .integrate(new ExpandableODE(equation), new ODEState(0, start), 1)
            .getPrimaryState();
    steps.elementSteps += elements * accepted[0];
    return end;
  }
}
