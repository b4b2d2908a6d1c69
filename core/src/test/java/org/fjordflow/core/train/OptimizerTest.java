package org.fjordflow.core.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.Stream;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.train.internal.OptimizerState;
import org.fjordflow.core.train.optim.Optimizer;
import org.fjordflow.core.train.optim.Optimizer.Adam;
import org.fjordflow.core.train.optim.Optimizer.AdamW;
import org.fjordflow.core.train.optim.Optimizer.Adamax;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Updates against sums written out, without the recursions of the implementation. */
final class OptimizerTest {

  private static final double[] GRADIENTS = {0.3, -1.2, 0.05, 0, 2.5, -0.7, 0.01};
  private static final double RATE = 0.02;
  private static final double BETA1 = 0.8;
  private static final double BETA2 = 0.95;
  private static final double EPSILON = 1e-3;

  /** {@code (1 - beta) sum_i beta^(t - i) g_i^power}, the moving average of the papers. */
  private static double average(double[] g, int t, double beta, int power) {
    double sum = 0;
    for (int i = 1; i <= t; i++) {
      sum += (1 - beta) * Math.pow(beta, t - i) * Math.pow(g[i - 1], power);
    }
    return sum;
  }

  private static double adamChange(double[] g, int t) {
    double m = average(g, t, BETA1, 1) / (1 - Math.pow(BETA1, t));
    double v = average(g, t, BETA2, 2) / (1 - Math.pow(BETA2, t));
    return -RATE * m / (Math.sqrt(v) + EPSILON);
  }

  @Test
  void adamFollowsThePaper() {
    double[] theta = {1.5};
    double expected = 1.5;
    OptimizerState state = OptimizerState.start(1);
    Adam adam = new Adam(RATE, BETA1, BETA2, EPSILON, 0);
    for (int t = 1; t <= GRADIENTS.length; t++) {
      adam.update(theta, new double[] {GRADIENTS[t - 1]}, RATE, state);
      expected += adamChange(GRADIENTS, t);
      assertEquals(expected, theta[0], 1e-14, "step " + t);
    }
    assertEquals(GRADIENTS.length, state.updates());
  }

  @Test
  void adamsDecayIsAddedToTheGradient() {
    double decay = 0.3;
    double[] theta = {1.5};
    double[] penalised = new double[GRADIENTS.length];
    double expected = 1.5;
    OptimizerState state = OptimizerState.start(1);
    Adam adam = new Adam(RATE, BETA1, BETA2, EPSILON, decay);
    for (int t = 1; t <= GRADIENTS.length; t++) {
      penalised[t - 1] = GRADIENTS[t - 1] + decay * expected;
      expected += adamChange(penalised, t);
      adam.update(theta, new double[] {GRADIENTS[t - 1]}, RATE, state);
      assertEquals(expected, theta[0], 1e-14, "step " + t);
    }
  }

  @Test
  void adamWsDecayShrinksTheParameters() {
    double decay = 0.3;
    double[] theta = {1.5};
    double expected = 1.5;
    OptimizerState state = OptimizerState.start(1);
    AdamW adam = new AdamW(RATE, BETA1, BETA2, EPSILON, decay);
    for (int t = 1; t <= GRADIENTS.length; t++) {
      expected = expected * (1 - RATE * decay) + adamChange(GRADIENTS, t);
      adam.update(theta, new double[] {GRADIENTS[t - 1]}, RATE, state);
      assertEquals(expected, theta[0], 1e-14, "step " + t);
    }
  }

  @Test
  void adamaxDividesByTheLargestRecentGradient() {
    double[] theta = {1.5};
    double expected = 1.5;
    OptimizerState state = OptimizerState.start(1);
    Adamax adamax = new Adamax(RATE, BETA1, BETA2, EPSILON, 0);
    for (int t = 1; t <= GRADIENTS.length; t++) {
      double largest = 0;
      for (int i = 1; i <= t; i++) {
        double size = Math.abs(GRADIENTS[i - 1]) + EPSILON;
        largest = Math.max(largest, Math.pow(BETA2, t - i) * size);
      }
      double m = average(GRADIENTS, t, BETA1, 1) / (1 - Math.pow(BETA1, t));
      expected -= RATE * m / largest;
      adamax.update(theta, new double[] {GRADIENTS[t - 1]}, RATE, state);
      assertEquals(expected, theta[0], 1e-14, "step " + t);
    }
  }

  static Stream<Optimizer> defaults() {
    return Stream.of(Adam.of(1e-3), new AdamW(1e-3, 0.9, 0.999, 1e-8, 0), Adamax.of(1e-3));
  }

  @ParameterizedTest
  @MethodSource("defaults")
  void aConstantGradientMovesByTheRateInItsDirection(Optimizer optimizer) {
    double[] theta = {0, 0, 0};
    OptimizerState state = OptimizerState.start(3);
    for (int t = 1; t <= 50; t++) {
      optimizer.update(theta, new double[] {4, -1e-2, 0}, optimizer.learningRate(), state);
      assertEquals(-1e-3 * t, theta[0], 1e-3 * t * 1e-8);
      assertEquals(1e-3 * t, theta[1], 1e-3 * t * 2e-6); // epsilon over 1e-2
      assertEquals(0, theta[2]);
    }
  }

  @Test
  void refusesValuesOutsideTheirRanges() {
    assertInvalid(() -> Adam.of(0));
    assertInvalid(() -> Adam.of(Double.NaN));
    assertInvalid(() -> new Adam(1e-3, 1, 0.999, 1e-8, 0));
    assertInvalid(() -> new AdamW(1e-3, 0.9, -0.1, 1e-8, 0));
    assertInvalid(() -> new Adamax(1e-3, 0.9, 0.999, 1, 0));
    assertInvalid(() -> new Adamax(1e-3, 0.9, 0.999, 1e-8, Double.POSITIVE_INFINITY));
  }

  private static void assertInvalid(Executable executable) {
    assertEquals(
        ErrorKey.INVALID_CONFIGURATION, assertThrows(FjordException.class, executable).key());
  }
}
