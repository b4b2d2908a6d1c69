package org.fjordflow.estimators;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.estimators.Estimation.SEED;
import static org.fjordflow.estimators.Estimation.estimates;
import static org.fjordflow.estimators.Estimation.linear;
import static org.fjordflow.estimators.Estimation.meanAndVariance;
import static org.fjordflow.estimators.Estimation.network;
import static org.fjordflow.estimators.Estimation.repeated;
import static org.fjordflow.estimators.Estimation.rows;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.field.VectorField;
import org.fjordflow.core.nn.Parameters;
import org.fjordflow.core.testing.Statistics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Hutch++ against exact traces, where its subspace fits the Jacobian and where it does not. */
final class HutchPlusPlusTest {

  private static final int MANY = 20_000;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final RandomGenerator random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    backend.close();
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "1, 3", "2, 2", "3, 1"})
  void isUnbiasedOnANetwork(int sketch, int probes) {
    int dim = 6;
    VectorField field = network(new Parameters(backend), dim, SEED);
    double[] z = rows(1, dim, SEED);
    double exact = estimates(backend, new ExactTrace(), field, z, dim, random)[0][0];
    HutchPlusPlus divergence = new HutchPlusPlus(sketch, probes);
    double[][] drawn = estimates(backend, divergence, field, repeated(z, MANY), dim, random);
    String what = divergence + ", seed " + SEED;
    Statistics.assertMean(drawn, row -> Arrays.stream(row).average().orElseThrow(), exact, what);
    if (probes > 1) {
      // Over subspaces and probes alike, the reported variance is that of the mean.
      double factor = divergence.varianceFactor(dim) / probes;
      Statistics.assertMean(
          drawn,
          row -> {
            double[] moments = meanAndVariance(row);
            return factor * moments[1] - Math.pow(moments[0] - exact, 2);
          },
          0,
          what);
    }
  }

  /**
   * The Jacobian has become another one since the subspace was chosen: unbiased all the same, with
   * the variance of orthogonal probes in r dimensions, 2 r (r - m) / (m (r + 2) (r - 1)) |B - tr(B)
   * / r|^2 for the symmetric part B of what the subspace leaves.
   */
  @ParameterizedTest
  @CsvSource({"1", "2", "3", "4"})
  void hasTheVarianceOfTheClosedFormOnAnySubspace(int probes) {
    int dim = 6;
    double[][] a = Estimation.withSingularValues(random, 3, -2, 1, 1, 0.5, 0.2);
    double[][] rest = new double[4][];
    for (int i = 0; i < 4; i++) {
      rest[i] = Arrays.copyOfRange(a[i + 2], 2, dim);
    }
    double r = 4;
    double left = Estimation.squares(rest, true) - Math.pow(Estimation.trace(rest), 2) / r;
    double variance = 2 * r * (r - probes) / (probes * (r + 2) * (r - 1)) * left;
    Divergence.JacobianProducts firstTwoUnits =
        (directions, count) -> {
          double[] units = new double[directions.length];
          for (int k = 0; k < count; k++) {
            for (int i = 0; i < MANY; i++) {
              units[(k * MANY + i) * dim + k] = 1 + i;
            }
          }
          return units;
        };
    HutchPlusPlus divergence = new HutchPlusPlus(2, probes);
    double[] z = new double[MANY * dim];
    double[][] drawn = estimates(backend, divergence, linear(a), z, dim, random, firstTwoUnits);
    double trace = Estimation.trace(a);
    String what = divergence + ", seed " + SEED;
    Statistics.assertMean(drawn, row -> Arrays.stream(row).average().orElseThrow(), trace, what);
    Statistics.assertMean(
        drawn,
        row -> Math.pow(Arrays.stream(row).average().orElseThrow() - trace, 2),
        variance,
        what);
    if (probes > 1) {
      double factor = divergence.varianceFactor(dim) / probes;
      Statistics.assertMean(drawn, row -> factor * meanAndVariance(row)[1], variance, what);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 0, 1e-12", "2, 2, 1, 1e-12", "3, 2, 3, 1e-12", "2, 1, 2, 1e-12"})
  void isExactWhereTheSketchHoldsTheRange(int sketch, int probes, int rank, double tolerance) {
    int dim = 7;
    double[] values = new double[dim];
    Arrays.fill(values, 0, rank, 1.5);
    double[][] a = Estimation.withSingularValues(random, values);
    HutchPlusPlus divergence = new HutchPlusPlus(sketch, probes);
    double[] z = new double[5 * dim];
    for (double[] row : estimates(backend, divergence, linear(a), z, dim, random)) {
      for (double estimate : row) {
        assertEquals(Estimation.trace(a), estimate, tolerance, "seed " + SEED);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 2", "1, 3, 4", "3, 1, 4", "4, 4, 8"})
  void isExactWithAsManyDirectionsAsDimensions(int sketch, int probes, int dim) {
    VectorField field = network(new Parameters(backend), dim, SEED);
    double[] z = rows(5, dim, SEED);
    double[][] exact = estimates(backend, new ExactTrace(), field, z, dim, random);
    HutchPlusPlus divergence = new HutchPlusPlus(sketch, probes);
    assertEquals(0, divergence.varianceFactor(dim));
    double[][] found = estimates(backend, divergence, field, z, dim, random);
    for (int i = 0; i < 5; i++) {
      double mean = Arrays.stream(found[i]).average().orElseThrow();
      assertEquals(exact[i][0], mean, 1e-13, "row " + i + ", seed " + SEED);
    }
  }

  @Test
  void isZeroForAConstantField() {
    VectorField constant = Estimation.constant(1, -2, 0.5);
    double[] z = rows(4, 3, SEED);
    for (double[] row : estimates(backend, new HutchPlusPlus(1, 2), constant, z, 3, random)) {
      assertArrayEquals(new double[2], row);
    }
  }

  /** A decaying spectrum is where it pays; at the same number of directions. */
  @Test
  void beatsHutchinsonOnADecayingSpectrum() {
    int dim = 16;
    double[] values = new double[dim];
    Arrays.setAll(values, i -> Math.pow(0.5, i));
    double[][] a = Estimation.withSingularValues(random, values);
    double plusPlus = rms(new HutchPlusPlus(4, 4), a);
    double hutchinson = rms(new Hutchinson(ProbeDistribution.RADEMACHER, 8), a);
    assertTrue(plusPlus < 0.3 * hutchinson, plusPlus + " and " + hutchinson + ", seed " + SEED);
  }

  private double rms(Divergence divergence, double[][] a) {
    double[] z = new double[2000 * a.length];
    double[][] found = estimates(backend, divergence, linear(a), z, a.length, random);
    double trace = Estimation.trace(a);
    double squares =
        Arrays.stream(found)
            .mapToDouble(row -> Arrays.stream(row).average().orElseThrow() - trace)
            .map(e -> e * e)
            .average()
            .orElseThrow();
    return Math.sqrt(squares);
  }

  @Test
  void theSameSeedGivesTheSameBits() {
    VectorField field = network(new Parameters(backend), 5, SEED);
    double[] z = rows(6, 5, SEED);
    HutchPlusPlus divergence = HutchPlusPlus.of(4);
    double[][] first = estimates(backend, divergence, field, z, 5, new SplittableRandom(SEED));
    double[][] second = estimates(backend, divergence, field, z, 5, new SplittableRandom(SEED));
    assertArrayEquals(first, second);
  }

  @Test
  void needsRoom() {
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new HutchPlusPlus(0, 1), "0");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new HutchPlusPlus(3, 0), "3", "0");
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> HutchPlusPlus.of(1), "two");
    HutchPlusPlus five = HutchPlusPlus.of(5);
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> five.directions(4), "5", "4");
    assertEquals(new HutchPlusPlus(2, 3), five);
    assertEquals(5, five.directions(9));
    assertEquals(3, five.estimates());
    assertFalse(five.isExact());
  }
}
