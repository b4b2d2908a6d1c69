package org.fjordflow.core.train.optim;

import org.fjordflow.core.train.internal.OptimizerState;

/**
 * Adamax (Kingma and Ba 2015, algorithm 2): Adam with the maximum norm, as PyTorch has it, with
 * {@code epsilon} added to the gradient's size and {@code weightDecay} as an L2 penalty.
 *
 * @param learningRate above 0
 * @param beta1 decay of the average gradient, in [0, 1)
 * @param beta2 decay of the gradient's size, in [0, 1)
 * @param epsilon added to the gradient's size, in [0, 1)
 * @param weightDecay L2 penalty, 0 for none
 */
public record Adamax(
    double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    implements Optimizer {

  /**
   * Checks the ranges.
   *
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT for a value outside its range
   */
  public Adamax {
    Optimizer.check(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8, no decay. */
  public static Adamax of(double learningRate) {
    return new Adamax(learningRate, 0.9, 0.999, 1e-8, 0);
  }

  @Override
  public void update(double[] parameters, double[] gradient, double rate, OptimizerState state) {
    double t = state.count();
    double[] m = state.first();
    double[] u = state.second();
    double stepSize = rate / (1 - Math.pow(beta1, t));
    for (int i = 0; i < parameters.length; i++) {
      double g = gradient[i] + weightDecay * parameters[i];
      m[i] += (1 - beta1) * (g - m[i]);
      u[i] = Math.max(beta2 * u[i], Math.abs(g) + epsilon);
      parameters[i] -= stepSize * m[i] / u[i];
    }
  }
}
