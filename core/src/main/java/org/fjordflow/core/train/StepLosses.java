package org.fjordflow.core.train;

import java.util.function.Function;
import org.fjordflow.core.autodiff.Var;
import org.fjordflow.core.flow.Pass;

/** The loss of every step, whether its rows are data or drawn by the objective. */
@FunctionalInterface
interface StepLosses {

  /**
   * Gets what a step needs, such as its rows.
   *
   * @param step from 1
   * @return the loss, 1 x 1, to be computed in the step's pass
   */
  Function<Pass, Var> of(long step);

  /** Losses of rows of data. */
  static StepLosses ofData(TrainerConfig config, Objective objective, BatchSource batches) {
    RandomStreams streams = new RandomStreams(config.seed());
    return step -> {
      Batch batch = batches.batch(step, config.batchSize(), streams);
      return pass -> objective.loss(pass, batch);
    };
  }

  /** Losses of what the objective draws. */
  static StepLosses ofSamples(TrainerConfig config, VariationalObjective objective) {
    return step -> pass -> objective.loss(pass, config.batchSize());
  }
}
