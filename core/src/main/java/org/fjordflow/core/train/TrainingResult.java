package org.fjordflow.core.train;

import java.util.List;

/**
 * What training came to. The model has the best parameters by validation loss, or the last ones
 * where there was no validation.
 *
 * @param reason why it ended
 * @param bestStep step of the parameters that the model has now
 * @param bestValidationLoss smallest validation loss; NaN without validation
 * @param finalLoss loss of the last step that was not rolled back; NaN if there was none
 * @param forwardEvaluations of the field, in all steps of this call
 * @param backwardEvaluations of the field, in all steps of this call
 * @param seconds that this call took
 * @param history of the steps of this call
 * @param validations of this call
 * @param state where training could go on from
 */
public record TrainingResult(
    EndReason reason,
    long bestStep,
    double bestValidationLoss,
    double finalLoss,
    long forwardEvaluations,
    long backwardEvaluations,
    double seconds,
    List<StepMetrics> history,
    List<ValidationMetrics> validations,
    TrainingState state) {

  /** Copies the lists. */
  public TrainingResult {
    history = List.copyOf(history);
    validations = List.copyOf(validations);
  }

  /** Returns the number of steps made, those before a resumption and rolled back ones included. */
  public long steps() {
    return state.step();
  }
}
