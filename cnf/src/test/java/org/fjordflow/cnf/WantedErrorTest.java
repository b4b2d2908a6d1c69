package org.fjordflow.cnf;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.cnf.SmallModels.SEED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.flow.Context;
import org.fjordflow.core.flow.Flow;
import org.fjordflow.core.model.BuiltModel;
import org.fjordflow.core.testing.Statistics;
import org.fjordflow.estimators.ExactTrace;
import org.fjordflow.estimators.ProbeDistribution;
import org.fjordflow.ode.SolverConfig;
import org.fjordflow.ode.SolverMethod;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows get as many probes as a wanted standard error takes, and then have it. */
final class WantedErrorTest {

  private static final int DIM = 24;
  private static final int ROWS = 800;

  private final BuiltModel<ModelConfig> model = model();
  private final double[][] x = rows(ROWS, DIM, SEED);

  private static BuiltModel<ModelConfig> model() {
    BuiltModel<ModelConfig> created =
        SmallModels.create(SmallModels.config("concatsquash", DIM, 1, 20, 2));
    SolverConfig rk4 = SolverConfig.fixed(SolverMethod.CLASSICAL_RUNGE_KUTTA, 3);
    return SmallModels.solved(created, SolveSettings.exact().withSolver(rk4));
  }

  private static double[][] rows(int n, int dim, long seed) {
    double[] flat = SmallModels.rows(n, dim, seed);
    double[][] rows = new double[n][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(flat, i * dim, (i + 1) * dim));
    return rows;
  }

  @AfterEach
  void close() {
    model.close();
  }

  private Context context() {
    return Context.of(rows(ROWS, 1, SEED + 1));
  }

  private WantedError.ProbedLogDensity score(WantedError wanted) {
    return wanted.score(
        d -> SmallModels.evaluated(model, d).flow(), x, context(), new SplittableRandom(SEED));
  }

  private double[] exact() {
    Flow flow = SmallModels.evaluated(model, new ExactTrace()).flow();
    return flow.logProb(x, context(), new SplittableRandom(SEED));
  }

  @ParameterizedTest
  @EnumSource
  void holdsOnAverage(ProbeDistribution distribution) {
    // What few probes would come to, halved.
    double rough = rms(score(WantedError.of(1e6).withDistribution(distribution)));
    double wanted = rough / 2;
    WantedError.ProbedLogDensity found =
        score(WantedError.of(wanted).withDistribution(distribution));
    double[] exact = exact();
    double[][] results = new double[ROWS][];
    double squares = 0;
    for (int i = 0; i < ROWS; i++) {
      double error = found.logDensity().logProb()[i] - exact[i];
      double told = found.logDensity().standardError()[i];
      results[i] = new double[] {error, error * error - told * told};
      squares += error * error / ROWS;
      boolean isExact = found.probes()[i] == 0;
      assertTrue(isExact ? Math.abs(error) < 1e-12 && told == 0 : told > 0);
    }
    String what = "%s, wanted %s, seed %d".formatted(distribution, wanted, SEED);
    Statistics.assertMean(results, row -> row[0], 0, what);
    Statistics.assertMean(results, row -> row[1], 0, what);
    // Counts are powers of two, so that errors are smaller than they had to be, but not by much.
    double error = Math.sqrt(squares);
    assertTrue(error < 1.05 * wanted && error > 0.5 * wanted, what + ": error " + error);
    long kinds = Arrays.stream(found.probes()).distinct().count();
    assertTrue(kinds > 1, what + ": rows differ, and so should their probes");
  }

  private static double rms(WantedError.ProbedLogDensity scores) {
    double[] errors = scores.logDensity().standardError();
    return Math.sqrt(Arrays.stream(errors).map(e -> e * e).average().orElseThrow());
  }

  @Test
  void theSmallestErrorsTakeTheExactTrace() {
    WantedError.ProbedLogDensity found = score(WantedError.of(1e-9));
    assertArrayEquals(new int[ROWS], found.probes());
    assertArrayEquals(exact(), found.logDensity().logProb());
    assertArrayEquals(new double[ROWS], found.logDensity().standardError());
    // Two blocks of three steps of four stages, for the pilot and for the exact trace.
    assertEquals(2 * 2 * 3 * 4, found.logDensity().work().forwardEvaluations());
  }

  @Test
  void theLargestTakeTheFewestProbes() {
    int[] few = new int[ROWS];
    Arrays.fill(few, WantedError.FEWEST_PROBES);
    assertArrayEquals(few, score(WantedError.of(1e6)).probes());
  }

  @ParameterizedTest
  @CsvSource({"4, 4", "9, 9", "16, 16", "23, 23", "24, 0", "100, 0"})
  void theMostProbesAreNotExceeded(int most, int expected) {
    int[] probes = score(WantedError.of(1e-9).withMostProbes(most)).probes();
    assertTrue(Arrays.stream(probes).allMatch(count -> count == expected), "" + probes[0]);
  }

  @Test
  void theSameSeedGivesTheSameBits() {
    WantedError wanted = WantedError.of(0.1);
    WantedError.ProbedLogDensity first = score(wanted);
    WantedError.ProbedLogDensity second = score(wanted);
    assertArrayEquals(first.probes(), second.probes());
    assertArrayEquals(first.logDensity().logProb(), second.logDensity().logProb());
  }

  /** The pilot would cost as much as the exact trace. */
  @Test
  void fewDimensionsAreExactAtOnce() {
    try (BuiltModel<ModelConfig> small =
        SmallModels.create(SmallModels.config("mlp", 8, 0, 8, 1))) {
      double[][] few = rows(5, 8, SEED);
      WantedError.ProbedLogDensity found =
          WantedError.of(1e6)
              .score(
                  d -> SmallModels.evaluated(small, d).flow(),
                  few,
                  Context.none(),
                  new SplittableRandom(SEED));
      assertArrayEquals(new int[5], found.probes());
    }
  }

  @Test
  void numbersAreChecked() {
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> WantedError.of(0), "0.0");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> WantedError.of(Double.NaN), "NaN");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> WantedError.of(1).withMostProbes(3), "3");
    ProbeDistribution signs = ProbeDistribution.RADEMACHER;
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new WantedError(1, signs, 3, 8), "3", "4");
  }
}
