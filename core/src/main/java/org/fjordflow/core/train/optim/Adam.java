package org.fjordflow.core.train.optim;

import org.fjordflow.core.train.internal.OptimizerState;

/**
 * Adam (Kingma and Ba 2015, algorithm 1), as PyTorch has it: with {@code weightDecay}, the L2
 * penalty's gradient {@code weightDecay theta} is added to the gradient.
 *
 * @param learningRate above 0
 * @param beta1 decay of the average gradient, in [0, 1)
 * @param beta2 decay of the average squared gradient, in [0, 1)
 * @param epsilon added to the denominator, in [0, 1)
 * @param weightDecay L2 penalty, 0 for none
 */
public record Adam(
    double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    implements Optimizer {

  /**
   * Checks the ranges.
   *
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT for a value outside its range
   */
  public Adam {
    Optimizer.check(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8, no decay. */
  public static Adam of(double learningRate) {
    return new Adam(learningRate, 0.9, 0.999, 1e-8, 0);
  }

  @Override
  public void update(double[] parameters, double[] gradient, double rate, OptimizerState state) {
    double t = state.count();
    double[] m = state.first();
    double[] v = state.second();
    double stepSize = rate / (1 - Math.pow(beta1, t));
    double rootCorrection = Math.sqrt(1 - Math.pow(beta2, t));
    for (int i = 0; i < parameters.length; i++) {
      double g = gradient[i] + weightDecay * parameters[i];
      m[i] += (1 - beta1) * (g - m[i]);
      v[i] = beta2 * v[i] + (1 - beta2) * g * g;
      parameters[i] -= stepSize * m[i] / (Math.sqrt(v[i]) / rootCorrection + epsilon);
    }
  }
}
