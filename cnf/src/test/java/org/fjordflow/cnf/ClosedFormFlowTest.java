package org.fjordflow.cnf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.testing.GradientCheck;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.ContinuousAdjoint;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Flows of hand-written fields against their closed forms, by every solver, both ways. */
final class ClosedFormFlowTest {

  private static final long SEED = GradientCheck.defaultSeed();

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final RandomGenerator random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    backend.close();
  }

  private static Stream<Arguments> flowsAndSolvers() {
    return ClosedFormFlow.all().stream()
        .flatMap(flow -> Stream.of(SolverMethod.values()).map(m -> Arguments.of(flow, m)));
  }

  private static SolverConfig solver(SolverMethod method) {
    if (method.isAdaptive()) {
      return SolverConfig.adaptive(method, 1e-10, 1e-10);
    }
    int steps =
        switch (method.order()) {
          case 1 -> 3000;
          case 2 -> 400;
          case 4 -> 100;
          default -> 30;
        };
    return SolverConfig.fixed(method, steps);
  }

  /** Global errors of fixed steps are some C h^p; adaptive ones stay near the tolerance. */
  private static double accuracy(SolverMethod method) {
    return switch (method.order()) {
      case 1 -> 1e-2;
      case 2 -> 1e-4;
      default -> 1e-7;
    };
  }

  private Flow flow(ClosedFormFlow known, SolveSettings options) {
    ContinuousFlow bijection =
        new ContinuousFlow(known.dim(), 0, known.field(), new EndTime.Fixed(known.end()), options);
    return new Flow(DiagonalNormal.standard(known.dim()), bijection, backend);
  }

  private double[][] rows(int n, int dim) {
    return DiagonalNormal.standard(dim).sample(n, random);
  }

  private static double standardNormal(double[] z) {
    double squares = Arrays.stream(z).map(v -> v * v).sum();
    return -0.5 * squares - 0.5 * z.length * Math.log(2 * Math.PI);
  }

  @ParameterizedTest
  @MethodSource("flowsAndSolvers")
  void imageAndDensityAreThoseOfTheClosedForm(ClosedFormFlow known, SolverMethod method) {
    double bound = accuracy(method);
    SolveSettings options =
        SolveSettings.exact().withAdjoint(new ContinuousAdjoint()).withSolver(solver(method));
    Flow flow = flow(known, options);
    double[][] x = rows(5, known.dim());
    double[][] z = flow.toBase(x, Context.none(), random);
    double[] logProb = flow.logProb(x, Context.none(), random);
    for (int i = 0; i < x.length; i++) {
      double[] expected = known.image(x[i]);
      assertArrayEquals(expected, z[i], bound, "image of row " + i);
      assertEquals(standardNormal(expected) + known.logDet(), logProb[i], 10 * bound, "row " + i);
    }
    double[][] images = Arrays.stream(x).map(known::image).toArray(double[][]::new);
    double[][] back = flow.fromBase(images, Context.none(), random);
    Sample sample = flow.sampleAndLogProb(5, Context.none(), random);
    for (int i = 0; i < x.length; i++) {
      assertArrayEquals(x[i], back[i], 10 * bound, "row " + i + " from the base");
      double density = standardNormal(known.image(sample.rows()[i])) + known.logDet();
      assertEquals(density, sample.logProb()[i], 50 * bound, "sample " + i);
    }
  }

  @Test
  void carriesAGaussianToTheStandardOne() {
    SolverConfig solver = solver(SolverMethod.DORMAND_PRINCE_853);
    ClosedFormFlow known = ClosedFormFlow.gaussianToGaussian();
    Flow flow = flow(known, SolveSettings.exact().withSolver(solver));
    double[][] x = rows(20, 2);
    double[] logProb = flow.logProb(x, Context.none(), random);
    for (int i = 0; i < x.length; i++) {
      double density = 0;
      for (int j = 0; j < 2; j++) {
        double s = ClosedFormFlow.DEVIATION[j];
        double u = (x[i][j] - ClosedFormFlow.MEAN[j]) / s;
        density += -0.5 * u * u - Math.log(s * Math.sqrt(2 * Math.PI));
      }
      assertEquals(density, logProb[i], 1e-8 * Math.max(1, -density), "row " + i);
    }
  }

  /** Jacobians that are diagonal, zero or antisymmetric: signs leave no noise in any of them. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void signsAreExactWhereTheyHaveToBe(int probes) {
    SolverConfig solver = solver(SolverMethod.DORMAND_PRINCE_54);
    Hutchinson signs = new Hutchinson(ProbeDistribution.RADEMACHER, probes);
    SolveSettings options =
        SolveSettings.exact().withSolver(solver).withEvaluationDivergence(signs);
    for (ClosedFormFlow known : ClosedFormFlow.all()) {
      double[][] x = rows(4, known.dim());
      double[] logProb = flow(known, options).logProb(x, Context.none(), random);
      for (int i = 0; i < x.length && !known.name().equals("linear"); i++) {
        double exact = standardNormal(known.image(x[i])) + known.logDet();
        assertEquals(exact, logProb[i], 1e-7, known + ", row " + i);
      }
    }
  }
}
