package org.fjordflow.estimators;

import static org.fjordflow.base.testing.FjordAssertions.assertFails;
import static org.fjordflow.estimators.Estimation.SEED;
import static org.fjordflow.estimators.Estimation.estimates;
import static org.fjordflow.estimators.Estimation.network;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Probes that were drawn before give the figures that they gave then. */
final class ReplayedProbesTest {

  @ParameterizedTest
  @EnumSource
  void replaysToTheBit(ProbeDistribution distribution) {
    try (Backend backend = new CpuBackend(DType.FLOAT64)) {
      VectorField field = network(new Parameters(backend), 3, SEED);
      double[] z = rows(8, 3, SEED);
      Hutchinson hutchinson = new Hutchinson(distribution, 2);
      double[] drawn = hutchinson.draw(8, 3, new SplittableRandom(SEED));
      ReplayedProbes replayed = new ReplayedProbes(2, drawn);
      Arrays.fill(drawn, Double.NaN); // the caller's array is its own again
      double[][] first = estimates(backend, hutchinson, field, z, 3, new SplittableRandom(SEED));
      for (int repetition = 0; repetition < 2; repetition++) {
        double[][] again = estimates(backend, replayed, field, z, 3, new SplittableRandom(1));
        for (int i = 0; i < first.length; i++) {
          assertArrayEquals(first[i], again[i], "row " + i);
        }
      }
    }
  }

  @Test
  void probesGoWithTheirBatchAlone() {
    RandomGenerator random = new SplittableRandom(SEED);
    ReplayedProbes replayed = new ReplayedProbes(2, new double[24]);
    assertEquals(24, replayed.draw(4, 3, random, Estimation.NOT_ASKED).length);
    assertFails(
        ErrorKey.SHAPE_MISMATCH,
        () -> replayed.draw(5, 3, random, Estimation.NOT_ASKED),
        "24",
        "5");
    assertFails(ErrorKey.SHAPE_MISMATCH, () -> replayed.draw(4, 2, random, Estimation.NOT_ASKED));
    assertFails(ErrorKey.INVALID_CONFIGURATION, () -> new ReplayedProbes(0, new double[0]), "0");
  }

  @Test
  void saysWhatItIs() {
    ReplayedProbes replayed = new ReplayedProbes(2, new double[24]);
    assertFalse(replayed.isExact());
    assertEquals(2, replayed.directions(3));
    assertEquals(2, replayed.estimates());
    assertEquals(1, replayed.varianceFactor(3));
  }
}
