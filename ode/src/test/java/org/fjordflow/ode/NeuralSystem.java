package org.fjordflow.ode;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * f(t, y) = W2 tanh(W1 y + w t + b1) + b2 with three inputs and five hidden units; the parameters
 * are W1 (5 x 3), w, b1, W2 (3 x 5), b2 in this order.
 */
final class NeuralSystem extends CountingSystem {
  private static final int IN = 3;
  private static final int HIDDEN = 5;
  private static final int TIME = HIDDEN * IN;
  private static final int BIAS = TIME + HIDDEN;
  private static final int OUTER = BIAS + HIDDEN;
  private static final int OUTER_BIAS = OUTER + IN * HIDDEN;

  NeuralSystem(long seed) {
    super(IN, draw(new SplittableRandom(seed)));
  }

  private static double[] draw(SplittableRandom random) {
    double[] parameters = new double[OUTER_BIAS + IN];
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] = random.nextDouble(-1, 1);
    }
    return parameters;
  }

  private double[] hidden(double t, double[] y) {
    double[] hidden = new double[HIDDEN];
    for (int k = 0; k < HIDDEN; k++) {
      double sum = parameters[TIME + k] * t + parameters[BIAS + k];
      for (int i = 0; i < IN; i++) {
        sum += parameters[k * IN + i] * y[i];
      }
      hidden[k] = Math.tanh(sum);
    }
    return hidden;
  }

  private double[] innerBar(double[] hidden, double[] cotangent) {
    double[] bar = new double[HIDDEN];
    for (int k = 0; k < HIDDEN; k++) {
      for (int i = 0; i < IN; i++) {
        bar[k] += parameters[OUTER + i * HIDDEN + k] * cotangent[i];
      }
      bar[k] *= 1 - hidden[k] * hidden[k];
    }
    return bar;
  }

  @Override
  void field(double t, double[] y, double[] yDot) {
    double[] hidden = hidden(t, y);
    for (int i = 0; i < IN; i++) {
      yDot[i] = parameters[OUTER_BIAS + i];
      for (int k = 0; k < HIDDEN; k++) {
        yDot[i] += parameters[OUTER + i * HIDDEN + k] * hidden[k];
      }
    }
  }

  @Override
  double pull(double t, double[] y, double[] cotangent, double[] yBar) {
    double[] bar = innerBar(hidden(t, y), cotangent);
    Arrays.fill(yBar, 0);
    double timeBar = 0;
    for (int k = 0; k < HIDDEN; k++) {
      timeBar += parameters[TIME + k] * bar[k];
      for (int i = 0; i < IN; i++) {
        yBar[i] += parameters[k * IN + i] * bar[k];
      }
    }
    return timeBar;
  }

  @Override
  void pullParameters(double weight, double t, double[] y, double[] cotangent) {
    double[] hidden = hidden(t, y);
    double[] bar = innerBar(hidden, cotangent);
    for (int k = 0; k < HIDDEN; k++) {
      gradient[TIME + k] += weight * bar[k] * t;
      gradient[BIAS + k] += weight * bar[k];
      for (int i = 0; i < IN; i++) {
        gradient[k * IN + i] += weight * bar[k] * y[i];
        gradient[OUTER + i * HIDDEN + k] += weight * cotangent[i] * hidden[k];
      }
    }
    for (int i = 0; i < IN; i++) {
      gradient[OUTER_BIAS + i] += weight * cotangent[i];
    }
  }
}
