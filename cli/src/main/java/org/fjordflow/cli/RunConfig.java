package org.fjordflow.cli;

import org.fjordflow.cnf.ModelConfig;
import org.fjordflow.core.train.TrainerConfig;

/**
 * All that a training is asked for, but for the data themselves.
 *
 * @param data what is done with the data
 * @param model what is trained
 * @param training how it is trained
 */
record RunConfig(DataConfig data, ModelConfig model, TrainerConfig training) {

  /** The same with another model. */
  RunConfig withModel(ModelConfig other) {
    return new RunConfig(data, other, training);
  }
}
