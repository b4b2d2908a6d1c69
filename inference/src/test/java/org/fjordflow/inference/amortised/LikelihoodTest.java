package org.fjordflow.inference.amortised;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.fjordflow.core.autodiff.Tape;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.backend.Backend;
import org.fjordflow.core.backend.CpuBackend;
import org.fjordflow.core.backend.DType;
import org.fjordflow.core.flow.internal.Elements;
import org.fjordflow.core.nn.Parameters;
import org.junit.jupiter.api.Test;

/** Likelihoods against closed forms. */
final class LikelihoodTest {

  private static final int LEVELS = 6;
  private static final int FEATURES = 3;

  private static double logistic(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double logProb(
      LikelihoodTerms terms, Backend backend, double[] made, double... x) {
    Tape tape = Tape.evaluating(backend);
    Var outputs = tape.constant(made, 1, made.length);
    return Elements.of(backend, terms.logProb(tape, outputs, x).value())[0];
  }

  @Test
  void categoricalIsTheSoftmaxOfALinearMap() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Parameters parameters = new Parameters(backend);
      SplittableRandom random = new SplittableRandom(1);
      LikelihoodTerms terms =
          LikelihoodTerms.of(new Likelihood.Categorical(LEVELS, FEATURES), parameters, 2, random);
      VaeCases.shake(parameters, 2);
      double[] made = random.doubles(2 * FEATURES, -2, 2).toArray();
      double[] theta = parameters.get();
      double expected = 0;
      double[] x = {4, 0};
      double mean = 0;
      for (int column = 0; column < 2; column++) {
        double[] weights = new double[LEVELS];
        double sum = 0;
        for (int level = 0; level < LEVELS; level++) {
          double logit = theta[LEVELS * FEATURES + level];
          for (int j = 0; j < FEATURES; j++) {
            logit += theta[level * FEATURES + j] * made[column * FEATURES + j];
          }
          weights[level] = Math.exp(logit);
          sum += weights[level];
        }
        expected += Math.log(weights[(int) x[column]] / sum);
        for (int level = 0; level < LEVELS; level++) {
          mean += column == 1 ? level * weights[level] / sum : 0;
        }
      }
      assertEquals(expected, logProb(terms, backend, made, x), 1e-12);
      Tape tape = Tape.evaluating(backend);
      assertEquals(mean, terms.mean(tape, tape.constant(made, 1, made.length))[1], 1e-12);
    }
  }

  @Test
  void logisticIsTheMassOfALevel() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      LikelihoodTerms terms = new LogisticTerms(1, LEVELS);
      for (double precision : new double[] {-6, -1.3, 0.4, 1.5}) {
        double[] made = {0.3, precision};
        double sum = 0;
        for (int level = 0; level < LEVELS; level++) {
          double log = logProb(terms, backend, made, level);
          double rate = Math.exp(2 + precision);
          double upper =
              level == LEVELS - 1 ? 1 : logistic((2.0 * (level + 1) / LEVELS - 1.3) * rate);
          double lower = level == 0 ? 0 : logistic((2.0 * level / LEVELS - 1.3) * rate);
          assertEquals(Math.log(upper - lower), log, 1e-9);
          sum += Math.exp(log);
        }
        assertEquals(1, sum, 1e-12);
      }
    }
  }

  @Test
  void logisticFarFromALevelIsFinite() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      double log = logProb(new LogisticTerms(1, 256), backend, new double[] {-1, 6}, 200);
      // The tail is exponential: log density at the distance from the level's near edge.
      double rate = Math.exp(8);
      double edge = 2.0 * 200 / 256;
      assertEquals(-edge * rate + Math.log1p(-Math.exp(-rate / 128)), log, 1e-8 * Math.abs(log));
    }
  }

  @Test
  void bernoulliAndNormal() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      double[] made = {0.7, -1.1};
      double expected = Math.log(logistic(0.7)) + Math.log(1 - logistic(-1.1));
      assertEquals(expected, logProb(new BernoulliTerms(2), backend, made, 1, 0), 1e-14);
      Parameters parameters = new Parameters(backend);
      NormalTerms normal = NormalTerms.create(parameters, 2);
      parameters.set(new double[] {Math.log(0.6)});
      double squares = (2 - 0.7) * (2 - 0.7) + (-1 + 1.1) * (-1 + 1.1);
      assertEquals(
          -0.5 * squares / 0.36 - 2 * Math.log(0.6 * Math.sqrt(2 * Math.PI)),
          logProb(normal, backend, made, 2, -1),
          1e-13);
    }
  }

  @Test
  void drawsHaveTheMean() {
    try (Backend backend = new CpuBackend(DType.FLOAT64, 1)) {
      Parameters parameters = new Parameters(backend);
      SplittableRandom random = new SplittableRandom(5);
      for (Likelihood likelihood :
          new Likelihood[] {
            new Likelihood.Bernoulli(),
            new Likelihood.Categorical(LEVELS, 2),
            new Likelihood.Normal()
          }) {
        LikelihoodTerms terms = LikelihoodTerms.of(likelihood, parameters, 1, random);
        double[] made = random.doubles(terms.outputs(), -1, 1).toArray();
        Tape tape = Tape.evaluating(backend);
        Var outputs = tape.constant(made, 1, made.length);
        double mean = terms.mean(tape, outputs)[0];
        int n = 20_000;
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < n; i++) {
          double value = terms.sample(tape, outputs, random)[0];
          sum += value;
          squares += value * value;
          tape.reset();
          outputs = tape.constant(made, 1, made.length);
        }
        double error = Math.sqrt((squares / n - sum * sum / n / n) / n);
        assertEquals(mean, sum / n, 4 * error, likelihood.toString());
      }
    }
  }
}
