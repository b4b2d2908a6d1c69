package org.fjordflow.estimators;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.estimators.Estimation.MATRIX;
import static org.fjordflow.estimators.Estimation.SEED;
import static org.fjordflow.estimators.Estimation.estimates;
import static org.fjordflow.estimators.Estimation.linear;
import static org.fjordflow.estimators.Estimation.meanAndVariance;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.testing.Statistics;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Means of several probes: their variance by the closed form, and the variance they tell of. */
final class ProbeDistributionTest {

  private static final int MANY = 20_000;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final RandomGenerator random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    backend.close();
  }

  private static List<double[][]> matrices() {
    RandomGenerator random = new SplittableRandom(SEED);
    return List.of(
        MATRIX,
        Estimation.withSingularValues(random, 2, 1, -0.5),
        Estimation.withSingularValues(random, 3, 1, 0.3, 0.1, 0.03));
  }

  private static Stream<Arguments> cases() {
    return Stream.of(ProbeDistribution.values())
        .flatMap(
            distribution ->
                matrices().stream()
                    .flatMap(
                        a -> {
                          int most = (int) Math.min(6, distribution.population(a.length));
                          return IntStream.rangeClosed(1, most)
                              .mapToObj(k -> Arguments.of(distribution, a, k));
                        }));
  }

  /**
   * One estimate: with S the symmetric part, 2 |S|^2 for normal probes, without the diagonal for
   * signs (Avron and Toledo 2011; Hutchinson 1990), 2 d / (d + 2) |S - tr(S) / d|^2 on the sphere.
   */
  private static double ofOne(ProbeDistribution distribution, double[][] a) {
    double d = a.length;
    double trace = Estimation.trace(a);
    return switch (distribution) {
      case GAUSSIAN -> 2 * Estimation.squares(a, true);
      case RADEMACHER, HADAMARD -> 2 * Estimation.squares(a, false);
      case ORTHOGONAL -> 2 * d / (d + 2) * (Estimation.squares(a, true) - trace * trace / d);
    };
  }

  /** The mean of k of a population of N that are drawn without replacement. */
  private static double ofMean(ProbeDistribution distribution, double[][] a, int k) {
    double n = distribution.population(a.length);
    return ofOne(distribution, a) / k * (Double.isInfinite(n) ? 1 : (n - k) / (n - 1));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void haveTheVarianceOfTheClosedFormAndTellOfIt(
      ProbeDistribution distribution, double[][] a, int k) {
    int dim = a.length;
    double trace = Estimation.trace(a);
    double variance = ofMean(distribution, a, k);
    Hutchinson hutchinson = new Hutchinson(distribution, k);
    double[][] drawn =
        estimates(backend, hutchinson, linear(a), new double[MANY * dim], dim, random);
    String what = "%s, %d of %d, seed %d".formatted(distribution, k, dim, SEED);
    Statistics.assertMean(drawn, row -> meanAndVariance(row)[0], trace, what);
    Statistics.assertMean(
        drawn, row -> Math.pow(meanAndVariance(row)[0] - trace, 2), variance, what);
    if (k > 1) {
      double factor = hutchinson.varianceFactor(dim) / k;
      Statistics.assertMean(drawn, row -> factor * meanAndVariance(row)[1], variance, what);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ORTHOGONAL", "HADAMARD"})
  void allOfThemAreExact(ProbeDistribution distribution) {
    for (double[][] a : matrices()) {
      int all = (int) distribution.population(a.length);
      Hutchinson hutchinson = new Hutchinson(distribution, all);
      assertEquals(0, hutchinson.varianceFactor(a.length));
      double[] z = new double[9 * a.length];
      for (double[] row : estimates(backend, hutchinson, linear(a), z, a.length, random)) {
        double mean = Arrays.stream(row).average().orElseThrow();
        assertEquals(Estimation.trace(a), mean, 1e-13, () -> distribution + ", seed " + SEED);
      }
    }
  }

  /** Each probe on its own, of several that are drawn together. */
  @ParameterizedTest
  @EnumSource
  void eachProbeIsWhite(ProbeDistribution distribution) {
    int dim = 3;
    int k = 3;
    double[] drawn = new Hutchinson(distribution, k).draw(MANY, dim, random);
    double[][] identity = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    for (int probe = 0; probe < k; probe++) {
      double[][] rows = new double[MANY][];
      for (int i = 0; i < MANY; i++) {
        int at = (probe * MANY + i) * dim;
        rows[i] = Arrays.copyOfRange(drawn, at, at + dim);
      }
      String what = "%s, probe %d, seed %d".formatted(distribution, probe, SEED);
      Statistics.assertMoments(rows, new double[dim], identity, what);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theSameSeedGivesTheSameBits(ProbeDistribution distribution) {
    Hutchinson hutchinson = new Hutchinson(distribution, 4);
    assertArrayEquals(
        hutchinson.draw(7, 5, new SplittableRandom(SEED)),
        hutchinson.draw(7, 5, new SplittableRandom(SEED)));
  }

  @Test
  void orthogonalProbesAreOrthogonalAndOfOneLength() {
    int dim = 7;
    int rows = 3;
    double[] drawn = new Hutchinson(ProbeDistribution.ORTHOGONAL, dim).draw(rows, dim, random);
    for (int i = 0; i < rows; i++) {
      for (int a = 0; a < dim; a++) {
        for (int b = 0; b <= a; b++) {
          double dot = 0;
          for (int j = 0; j < dim; j++) {
            dot += drawn[(a * rows + i) * dim + j] * drawn[(b * rows + i) * dim + j];
          }
          assertEquals(a == b ? dim : 0, dot, 1e-13);
        }
      }
    }
  }

  @Test
  void populationsEnd() {
    assertEquals(5, ProbeDistribution.ORTHOGONAL.population(5));
    int[] orders = {1, 2, 4, 4, 8, 8, 8, 8, 16};
    for (int dim = 1; dim <= orders.length; dim++) {
      assertEquals(orders[dim - 1], ProbeDistribution.HADAMARD.population(dim));
    }
    for (ProbeDistribution distribution :
        List.of(ProbeDistribution.ORTHOGONAL, ProbeDistribution.HADAMARD)) {
      int most = (int) distribution.population(5);
      Hutchinson tooMany = new Hutchinson(distribution, most + 1);
      String name = distribution.id();
      assertFails(
          ErrorKey.INVALID_CONFIGURATION, () -> tooMany.directions(5), name, "most " + most);
      assertFails(ErrorKey.INVALID_CONFIGURATION, () -> tooMany.draw(2, 5, random), name);
      assertEquals(most, new Hutchinson(distribution, most).directions(5));
    }
    assertEquals(100, new Hutchinson(ProbeDistribution.GAUSSIAN, 100).directions(1));
  }
}
