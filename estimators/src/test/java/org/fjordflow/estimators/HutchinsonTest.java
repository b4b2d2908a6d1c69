package org.fjordflow.estimators;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.estimators.Estimation.SEED;
import static org.fjordflow.estimators.Estimation.constant;
import static org.fjordflow.estimators.Estimation.diagonal;
import static org.fjordflow.estimators.Estimation.estimates;
import static org.fjordflow.estimators.Estimation.network;
import static org.fjordflow.estimators.Estimation.repeated;
import static org.fjordflow.estimators.Estimation.rows;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

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
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hutchinson's estimate against exact traces, and its variance against the closed form. */
final class HutchinsonTest {

  private static final int MANY = 40_000;

  private final Backend backend = new CpuBackend(DType.FLOAT64);
  private final RandomGenerator random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    backend.close();
  }

  @ParameterizedTest
  @EnumSource
  void isUnbiasedOnANetwork(ProbeDistribution distribution) {
    VectorField field = network(new Parameters(backend), 5, SEED);
    double[] z = rows(1, 5, SEED);
    double exact = estimates(backend, new ExactTrace(), field, z, 5, random)[0][0];
    Hutchinson hutchinson = new Hutchinson(distribution, 1);
    double[][] drawn = estimates(backend, hutchinson, field, repeated(z, MANY), 5, random);
    Statistics.assertMean(drawn, row -> row[0], exact, distribution + ", seed " + SEED);
  }

  /** Probes have mean zero, covariance one, and are independent between components and probes. */
  @ParameterizedTest
  @EnumSource(names = {"RADEMACHER", "GAUSSIAN"})
  void probesAreWhite(ProbeDistribution distribution) {
    double[] drawn = new Hutchinson(distribution, 2).draw(MANY, 2, random);
    double[][] both = new double[MANY][4];
    for (int i = 0; i < drawn.length; i++) {
      both[i / 2 % MANY][i / (2 * MANY) * 2 + i % 2] = drawn[i];
    }
    double[][] identity = new double[4][4];
    for (int i = 0; i < 4; i++) {
      identity[i][i] = 1;
    }
    Statistics.assertMoments(both, new double[4], identity, distribution + ", seed " + SEED);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void signsAreExactForDiagonalJacobians(int probes) {
    double[] z = rows(7, 3, SEED);
    VectorField field = diagonal(0.4, -1.7, 2.2);
    double[][] exact = estimates(backend, new ExactTrace(), field, z, 3, random);
    Hutchinson signs = new Hutchinson(ProbeDistribution.RADEMACHER, probes);
    double[][] drawn = estimates(backend, signs, field, z, 3, random);
    for (int i = 0; i < drawn.length; i++) {
      for (double estimate : drawn[i]) {
        assertEquals(exact[i][0], estimate, 1e-14, "row " + i);
      }
    }
  }

  @Test
  void signsAreExactForOneDimension() {
    double[] z = rows(9, 1, SEED);
    VectorField field = network(new Parameters(backend), 1, SEED);
    double[][] exact = estimates(backend, new ExactTrace(), field, z, 1, random);
    Hutchinson signs = new Hutchinson(ProbeDistribution.RADEMACHER, 1);
    double[][] drawn = estimates(backend, signs, field, z, 1, random);
    for (int i = 0; i < drawn.length; i++) {
      assertEquals(exact[i][0], drawn[i][0], 1e-15, "row " + i);
    }
  }

  @ParameterizedTest
  @EnumSource
  void keepsProbesApart(ProbeDistribution distribution) {
    int n = 6;
    double[] z = rows(n, 4, SEED);
    VectorField field = network(new Parameters(backend), 4, SEED);
    double[] drawn = new Hutchinson(distribution, 3).draw(n, 4, random);
    ReplayedProbes all = new ReplayedProbes(3, drawn);
    double[][] together = estimates(backend, all, field, z, 4, random);
    for (int k = 0; k < 3; k++) {
      double[] one = Arrays.copyOfRange(drawn, k * n * 4, (k + 1) * n * 4);
      double[][] alone = estimates(backend, new ReplayedProbes(1, one), field, z, 4, random);
      for (int i = 0; i < n; i++) {
        assertEquals(alone[i][0], together[i][k], 1e-13, "probe " + k + ", row " + i);
      }
    }
    assertFalse(Arrays.stream(together).allMatch(row -> row[0] == row[1] && row[1] == row[2]));
  }

  /** A translation: its value does not depend on what moves, and carries no tangents. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void isZeroForAConstantField(int probes) {
    Hutchinson signs = new Hutchinson(ProbeDistribution.RADEMACHER, probes);
    double[][] drawn = estimates(backend, signs, constant(1, -2), rows(4, 2, SEED), 2, random);
    for (double[] row : drawn) {
      assertArrayEquals(new double[probes], row);
    }
  }

  @ParameterizedTest
  @CsvSource({"RADEMACHER, 0", "GAUSSIAN, -1"})
  void needsAProbe(ProbeDistribution distribution, int probes) {
    assertFails(
        ErrorKey.INVALID_CONFIGURATION,
        () -> new Hutchinson(distribution, probes),
        String.valueOf(probes));
  }

  @Test
  void saysWhatItIs() {
    Hutchinson hutchinson = new Hutchinson(ProbeDistribution.GAUSSIAN, 4);
    assertFalse(hutchinson.isExact());
    assertEquals(4, hutchinson.directions(17));
    assertEquals(4, hutchinson.estimates());
  }
}
