package org.fjordflow.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AurocTest {
  @Test
  void separatedScores() {
    assertEquals(1, Auroc.of(new double[] {0.1, 3, -2, 5}, flags("nana")));
    assertEquals(0, Auroc.of(new double[] {3, 0.1, 5, -2}, flags("nana")));
  }

  @Test
  void tiesCountHalf() {
    assertEquals(0.5, Auroc.of(new double[] {1, 1, 1, 1}, flags("nana")));
    // Pairs (anomaly, normal): 2 > 1, 2 = 2, 1 = 1, 1 < 2.
    assertEquals(0.5, Auroc.of(new double[] {1, 2, 2, 1}, flags("nnaa")));
    assertEquals(3.5 / 4, Auroc.of(new double[] {1, 2, 2, 3}, flags("nnaa")));
    assertEquals(0.5, Auroc.of(new double[] {-0.0, 0.0}, flags("na")), "zeros are equal");
  }

  @Test
  void infinitiesAreOrderedAndNanIsNotHidden() {
    double inf = Double.POSITIVE_INFINITY;
    assertEquals(1, Auroc.of(new double[] {-inf, 0, inf, inf}, flags("nnaa")));
    assertTrue(Double.isNaN(Auroc.of(new double[] {0, Double.NaN}, flags("na"))));
    assertTrue(Double.isNaN(Auroc.of(new double[] {0, 1}, flags("nn"))));
  }

  @Test
  void equalsTheCountOfPairs() {
    long seed = 4;
    Random random = new Random(seed);
    double[] scores = random.ints(60, 0, 12).asDoubleStream().toArray();
    boolean[] anomalous = new boolean[60];
    for (int i = 0; i < 60; i++) {
      anomalous[i] = random.nextInt(4) == 0;
    }
    double won = 0;
    double pairs = 0;
    for (int i = 0; i < 60; i++) {
      for (int j = 0; j < 60; j++) {
        if (anomalous[i] && !anomalous[j]) {
          pairs++;
          won += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        }
      }
    }
    assertEquals(won / pairs, Auroc.of(scores, anomalous), 1e-12, "seed " + seed);
  }

  private static boolean[] flags(String kinds) {
    boolean[] flags = new boolean[kinds.length()];
    for (int i = 0; i < flags.length; i++) {
      flags[i] = kinds.charAt(i) == 'a';
    }
    return flags;
  }
}
