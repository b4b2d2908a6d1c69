package org.fjordflow.core.train.optim;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.train.internal.OptimizerState;

/**
 * How a gradient becomes a change of the parameters. The formulas are those of PyTorch's optimisers
 * of the same names, in float64 whatever the type of the model.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Optimizer.Adam.class, name = "adam"),
  @JsonSubTypes.Type(value = Optimizer.AdamW.class, name = "adamw"),
  @JsonSubTypes.Type(value = Optimizer.Adamax.class, name = "adamax")
})
public sealed interface Optimizer {

  /** Returns the learning rate that schedules scale. */
  double learningRate();

  /**
   * The same with another learning rate.
   *
   * @throws FjordException INVALID_CONFIGURATION if it is not positive
   */
  Optimizer withLearningRate(double rate);

  /**
   * Makes one update.
   *
   * @param parameters Modified.
   * @param gradient of the loss, as long as {@code parameters}. Not modified.
   * @param rate the learning rate of this step
   * @param state of as many parameters. Modified.
   */
  void update(double[] parameters, double[] gradient, double rate, OptimizerState state);

  /** Checks what all optimisers have in common. */
  static void check(double rate, double beta1, double beta2, double epsilon, double decay) {
    require(rate > 0 && rate < Double.POSITIVE_INFINITY, "learning rate", rate, "above 0");
    require(beta1 >= 0 && beta1 < 1, "beta1", beta1, "at least 0 and below 1");
    require(beta2 >= 0 && beta2 < 1, "beta2", beta2, "at least 0 and below 1");
    require(epsilon >= 0 && epsilon < 1, "epsilon", epsilon, "at least 0 and below 1");
    require(decay >= 0 && decay < Double.POSITIVE_INFINITY, "weight decay", decay, "at least 0");
  }

  private static void require(boolean holds, String name, double value, String expected) {
    if (!holds) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION, name + " is " + value + "; expected " + expected);
    }
  }

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
  record Adam(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
      implements Optimizer {

    /**
     * Checks the ranges.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for a value outside its range
     */
    public Adam {
      Optimizer.check(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /** PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8, no decay. */
    public static Adam of(double learningRate) {
      return new Adam(learningRate, 0.9, 0.999, 1e-8, 0);
    }

    @Override
    public Adam withLearningRate(double rate) {
      return new Adam(rate, beta1, beta2, epsilon, weightDecay);
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
  record AdamW(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
      implements Optimizer {

    /**
     * Checks the ranges.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for a value outside its range
     */
    public AdamW {
      Optimizer.check(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /** PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8, decay 0.01. */
    public static AdamW of(double learningRate) {
      return new AdamW(learningRate, 0.9, 0.999, 1e-8, 0.01);
    }

    @Override
    public AdamW withLearningRate(double rate) {
      return new AdamW(rate, beta1, beta2, epsilon, weightDecay);
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
  record Adamax(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
      implements Optimizer {

    /**
     * Checks the ranges.
     *
     * @throws org.fjordflow.base.FjordException INVALID_CONFIGURATION for a value outside its range
     */
    public Adamax {
      Optimizer.check(learningRate, beta1, beta2, epsilon, weightDecay);
    }

    /** PyTorch's defaults: betas 0.9 and 0.999, epsilon 1e-8, no decay. */
    public static Adamax of(double learningRate) {
      return new Adamax(learningRate, 0.9, 0.999, 1e-8, 0);
    }

    @Override
    public Adamax withLearningRate(double rate) {
      return new Adamax(rate, beta1, beta2, epsilon, weightDecay);
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
}
