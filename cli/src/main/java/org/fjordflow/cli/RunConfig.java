package org.fjordflow.cli;

import org.fjordflow.core.model.internal.ConfigChecks;
import org.fjordflow.core.train.TrainerConfig;
import org.fjordflow.model.FlowSpec;
import org.fjordflow.model.TrainingObjective;
import org.fjordflow.model.TrainingObjective.Kind;

/**
 * All that a training is asked for, but for the data themselves.
 *
 * @param data what is done with the data
 * @param model what is trained
 * @param training how it is trained
 * @param objective what it is trained by; likelihood where a file does not say it
 */
record RunConfig(
    DataConfig data, FlowSpec model, TrainerConfig training, TrainingObjective objective) {

  RunConfig {
    // Absent parts come from files.
    ConfigChecks.require(data != null, "data", data, "an object");
    ConfigChecks.require(model != null, "model", model, "an object");
    ConfigChecks.require(training != null, "training", training, "an object");
    objective = objective == null ? TrainingObjective.of(Kind.LIKELIHOOD) : objective;
    objective.requireTrains(model);
  }

  /** The same with another model. */
  RunConfig withModel(FlowSpec other) {
    return new RunConfig(data, other, training, objective);
  }
}
