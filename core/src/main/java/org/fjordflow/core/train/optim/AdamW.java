package org.fjordflow.core.train.optim;

import org.fjordflow.core.train.internal.OptimizerState;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), as PyTorch has it: parameters
 * shrink by the factor {@code 1 - rate weightDecay} before Adam's update.
 *
 * @param learningRate above 0
 * @param beta1 decay of the average gradient, in [0, 1)
 * @param beta2 decay of the average squared gradient, in [0, 1)
 * @param epsilon added to the denominator, in [0, 1)
 * @param weightDecay 0 for none
 */
public record AdamW(
    double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
    implements Optimizer {

  /**
   * Checks the ranges.
   *
   * @throws org.fjordflow.base.FjordException INVALID_ARGUMENT for a value outside its range
   */
  public AdamW {
    Optimizer.check(learningRate, beta1, beta2, epsilon, weightDecay);
  }

  /** PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8, decay 0.01. */
  public static AdamW of(double learningRate) {
    return new AdamW(learningRate, 0.9, 0.999, 1e-8, 0.01);
  }

  @Override
  public void update(double[] parameters, double[] gradient, double rate, OptimizerState state) {
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] *= 1 - rate * weightDecay;
    }
    Adam adam = new Adam(learningRate, beta1, beta2, epsilon, 0);
    adam.update(parameters, gradient, rate, state);
  }
}
