package org.fjordflow.core.flow.internal.parts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.fjordflow.core.testing.GradientCheck;
import org.hipparchus.special.Erf;
import org.junit.jupiter.api.Test;

/** How rows of a mixture move, against rows found anew at the same places by bisection. */
final class MixtureGradientTest {

  private static final int COMPONENTS = 3;
  private static final int DIM = 3;
  private static final double STEP = 1e-4;

  private final RandomGenerator random = new SplittableRandom(GradientCheck.defaultSeed());
  private final double[] logits = random.doubles(COMPONENTS, -1, 1).toArray();
  private final double[] means = random.doubles(COMPONENTS * DIM, -2, 2).toArray();
  private final double[] logs = random.doubles(COMPONENTS * DIM, -0.7, 0.4).toArray();

  private NormalMixtureValues mixture() {
    return new NormalMixtureValues(
        NormalMixtureValues.logSoftmax(logits), means.clone(), logs.clone());
  }

  /** The place of column j given those before it. */
  private static double place(NormalMixtureValues of, double[] row, int j) {
    double[] w = of.logWeights().clone();
    double sum = 0;
    double below = 0;
    for (int k = 0; k < w.length; k++) {
      for (int i = 0; i < j; i++) {
        double z = distance(of, row, k, i);
        w[k] += -0.5 * z * z - of.logDeviations()[k * DIM + i];
      }
      sum += Math.exp(w[k]);
      below += Math.exp(w[k]) * 0.5 * Erf.erfc(-distance(of, row, k, j) / Math.sqrt(2));
    }
    return below / sum;
  }

  private static double distance(NormalMixtureValues of, double[] row, int k, int j) {
    int p = k * DIM + j;
    return (row[j] - of.means()[p]) * Math.exp(-of.logDeviations()[p]);
  }

  private static double[] rowAt(NormalMixtureValues of, double[] places) {
    double[] row = new double[DIM];
    for (int j = 0; j < DIM; j++) {
      double from = -50;
      double to = 50;
      for (int i = 0; i < 100; i++) {
        row[j] = 0.5 * (from + to);
        if (place(of, row, j) < places[j]) {
          from = row[j];
        } else {
          to = row[j];
        }
      }
    }
    return row;
  }

  private double moved(double[] parameter, int element, double[] places, double[] bar) {
    double value = parameter[element];
    double[] h = {2 * STEP, STEP, -STEP, -2 * STEP};
    double[] at = new double[h.length];
    for (int i = 0; i < h.length; i++) {
      parameter[element] = value + h[i];
      double[] row = rowAt(mixture(), places);
      for (int j = 0; j < DIM; j++) {
        at[i] += bar[j] * row[j];
      }
    }
    parameter[element] = value;
    return (8 * (at[1] - at[2]) - (at[0] - at[3])) / (12 * STEP);
  }

  @Test
  void rowsMoveAsTheyKeepTheirPlaces() {
    NormalMixtureValues mixture = mixture();
    for (double[] row : mixture.sample(6, random)) {
      double[] places = new double[DIM];
      for (int j = 0; j < DIM; j++) {
        places[j] = place(mixture, row, j);
      }
      double[] bar = random.doubles(DIM, -1, 1).toArray();
      MixtureGradient gradient = new MixtureGradient(mixture);
      gradient.add(row, bar);
      double[] w = gradient.logWeights();
      double all = Arrays.stream(w).sum();
      for (int k = 0; k < COMPONENTS; k++) {
        double byLogit = w[k] - Math.exp(mixture.logWeights()[k]) * all;
        check(moved(logits, k, places, bar), byLogit, "logit " + k);
      }
      for (int p = 0; p < COMPONENTS * DIM; p++) {
        check(moved(means, p, places, bar), gradient.means()[p], "mean " + p);
        check(moved(logs, p, places, bar), gradient.logDeviations()[p], "deviation " + p);
      }
    }
  }

  private static void check(double expected, double got, String what) {
    assertEquals(
        expected,
        got,
        1e-6 * (1 + Math.abs(expected)),
        what + ", seed " + GradientCheck.defaultSeed());
  }
}
