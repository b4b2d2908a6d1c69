package org.fjordflow.cnf;

import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.flow.Composition;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.DiagonalNormal;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.flow.Flow.LogDensity;
import org.fjordflow.core.flow.Flow.Sample;
import org.fjordflow.core.testing.Statistics;
import org.fjordflow.estimators.Divergence;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.HutchPlusPlus;
import org.fjordflow.estimators.Hutchinson;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The standard error of a log-density over probes says how far from the exact one it is. */
final class StandardErrorTest {

  private static final int DIM = 16;
  private static final int PROBES = 12;
  private static final int ROWS = 4000;
  private static final double END = 0.7;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final RandomGenerator random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    backend.close();
  }

  /** A symmetric generator without diagonal; its quadratic forms are nearly normal. */
  private static double[][] generator(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double[][] a = new double[DIM][DIM];
    for (int i = 0; i < DIM; i++) {
      for (int j = 0; j < i; j++) {
        a[i][j] = random.nextDouble(-0.3, 0.3);
        a[j][i] = a[i][j];
      }
    }
    return a;
  }

  private static double squares(double[][] a) {
    double sum = 0;
    for (double[] row : a) {
      for (double v : row) {
        sum += v * v;
      }
    }
    return sum;
  }

  private Flow flow(Divergence divergence, double[][]... generators) {
    SolverConfig rk4 = SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 8);
    SolveSettings options =
        SolveSettings.exact().withSolver(rk4).withEvaluationDivergence(divergence);
    List<ContinuousFlow> blocks =
        List.of(generators).stream()
            .map(
                a -> {
                  VectorField field = ClosedFormFlow.linear(a);
                  return new ContinuousFlow(DIM, 0, field, new EndTime.Fixed(END), options);
                })
            .toList();
    Composition composition = new Composition(List.copyOf(blocks));
    return new Flow(DiagonalNormal.standard(DIM), composition, backend);
  }

  /**
   * The integral of e^T A e over time T is T e^T A e, with variance 2 T^2 |A|^2 for normal probes;
   * of blocks, variances add up. Deviations in units of the standard error then follow Student's t.
   */
  @Test
  void isCalibrated() {
    for (int blocks = 1; blocks <= 2; blocks++) {
      double[][][] generators = new double[blocks][][];
      double variance = 0;
      for (int b = 0; b < blocks; b++) {
        generators[b] = generator(SEED + b);
        variance += 2 * END * END * squares(generators[b]) / PROBES;
      }
      double[][] x = DiagonalNormal.standard(DIM).sample(ROWS, random);
      double[] exact = flow(new ExactTrace(), generators).logProb(x, Context.none(), random);
      Hutchinson probes = new Hutchinson(ProbeDistribution.GAUSSIAN, PROBES);
      LogDensity estimate = flow(probes, generators).score(x, Context.none(), random);
      double[][] results = new double[ROWS][2];
      double spread = 0;
      for (int i = 0; i < ROWS; i++) {
        results[i][0] = estimate.logProb()[i] - exact[i];
        results[i][1] = estimate.standardError()[i];
        spread += Math.pow(results[i][0] / results[i][1], 2) / ROWS;
      }
      String what = blocks + " blocks, seed " + SEED;
      Statistics.assertMean(results, r -> r[0], 0, what);
      Statistics.assertMean(results, r -> r[0] * r[0], variance, what);
      Statistics.assertMean(results, r -> r[1] * r[1], variance, what);
      // Each block's own estimate of its variance has PROBES - 1 degrees of freedom.
      double freedom = blocks * (PROBES - 1.0);
      assertEquals(freedom / (freedom - 2), spread, 0.12, what);
    }
  }

  private static Stream<Divergence> dependent() {
    return Stream.of(
        new Hutchinson(ProbeDistribution.RADEMACHER, PROBES),
        new Hutchinson(ProbeDistribution.ORTHOGONAL, PROBES),
        new Hutchinson(ProbeDistribution.HADAMARD, PROBES),
        new HutchPlusPlus(2, PROBES));
  }

  /**
   * Probes that balance each other, and such that share a sketch: the variance that is told is that
   * of the error, and intervals of Student's t with eleven degrees of freedom hold what they say.
   */
  @ParameterizedTest
  @MethodSource("dependent")
  void coversTheExactLogDensity(Divergence divergence) {
    double[][] a = generator(SEED);
    double[][] x = DiagonalNormal.standard(DIM).sample(ROWS, random);
    double[] exact = flow(new ExactTrace(), a).logProb(x, Context.none(), random);
    LogDensity estimate = flow(divergence, a).score(x, Context.none(), random);
    double[][] results = new double[ROWS][2];
    double covered = 0;
    for (int i = 0; i < ROWS; i++) {
      results[i][0] = estimate.logProb()[i] - exact[i];
      results[i][1] = estimate.standardError()[i];
      covered += Math.abs(results[i][0]) <= 2.201 * results[i][1] ? 1.0 / ROWS : 0;
    }
    String what = divergence + ", seed " + SEED;
    Statistics.assertMean(results, r -> r[0], 0, what);
    Statistics.assertMean(results, r -> r[0] * r[0] - r[1] * r[1], 0, what);
    assertEquals(0.95, covered, 0.025, what);
    if (divergence instanceof Hutchinson hutchinson) {
      double single = 2 * END * END * squares(a);
      double variance =
          switch (hutchinson.distribution()) {
            case RADEMACHER -> single / PROBES;
            case HADAMARD -> single / PROBES * (DIM - PROBES) / (DIM - 1);
            case ORTHOGONAL -> single / PROBES * (DIM - PROBES) / (DIM - 1) * DIM / (DIM + 2);
            case GAUSSIAN -> throw new AssertionError("see isCalibrated");
          };
      Statistics.assertMean(results, r -> r[0] * r[0], variance, what);
    }
  }

  /** Samples carry the same errors. */
  @Test
  void isGivenWithSamples() {
    Hutchinson probes = new Hutchinson(ProbeDistribution.HADAMARD, PROBES);
    double[][] a = generator(SEED);
    Sample sample = flow(probes, a).sampleAndLogProb(ROWS, Context.none(), random);
    double[] exact = flow(new ExactTrace(), a).logProb(sample.rows(), Context.none(), random);
    double[][] results = new double[ROWS][2];
    for (int i = 0; i < ROWS; i++) {
      results[i][0] = sample.logProb()[i] - exact[i];
      results[i][1] = sample.standardError()[i];
    }
    Statistics.assertMean(results, r -> r[0] * r[0] - r[1] * r[1], 0, "seed " + SEED);
  }

  @Test
  void isUnknownForOneProbeAndZeroForTheExactTrace() {
    double[][] x = DiagonalNormal.standard(DIM).sample(3, random);
    double[][] a = generator(SEED);
    Hutchinson one = new Hutchinson(ProbeDistribution.RADEMACHER, 1);
    for (double error : flow(one, a).score(x, Context.none(), random).standardError()) {
      assertTrue(Double.isNaN(error));
    }
    LogDensity exact = flow(new ExactTrace(), a).score(x, Context.none(), random);
    for (double error : exact.standardError()) {
      assertEquals(0, error);
    }
  }
}
