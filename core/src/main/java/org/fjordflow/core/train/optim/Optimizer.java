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
  @JsonSubTypes.Type(value = Adam.class, name = "adam"),
  @JsonSubTypes.Type(value = AdamW.class, name = "adamw"),
  @JsonSubTypes.Type(value = Adamax.class, name = "adamax")
})
public sealed interface Optimizer permits Adam, AdamW, Adamax {

  /** Returns the learning rate that schedules scale. */
  double learningRate();

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
          ErrorKey.INVALID_ARGUMENT, name + " is " + value + "; expected " + expected);
    }
  }
}
