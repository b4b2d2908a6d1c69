package org.fjordflow.core.train;

import java.util.List;
import org.fjordflow.core.train.TrainingListener.StepMetrics;
import org.fjordflow.core.train.TrainingListener.ValidationMetrics;
import org.fjordflow.core.train.internal.TrainingState;

/**
 * What training came to. The model has the best parameters by validation loss, or the last ones
 * where there was no validation.
 *
 * @param reason why it ended
 * @param bestStep step of the parameters that the model has now; 0 for the untrained ones
 * @param bestValidationLoss smallest validation loss; NaN without validation
 * @param finalLoss loss of the last step that was not rolled back, before a resumption too; NaN if
 *     there was none
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
    double seconds,
    List<StepMetrics> history,
    List<ValidationMetrics> validations,
    TrainingState state) {

  /** Copies the lists. */
  public TrainingResult {
    history = List.copyOf(history);
    validations = List.copyOf(validations);
  }

  /** Returns the evaluations of the field from data to base, in all steps of this call. */
  public long forwardEvaluations() {
    return history.stream().mapToLong(StepMetrics::forwardEvaluations).sum();
  }

  /** Returns the evaluations of the field for gradients, in all steps of this call. */
  public long backwardEvaluations() {
    return history.stream().mapToLong(StepMetrics::backwardEvaluations).sum();
  }

  /** Returns the number of steps made, those before a resumption and rolled back ones included. */
  public long steps() {
    return state.step();
  }

  /** Why training ended. */
  public enum EndReason {
    /** All steps were made. */
    COMPLETED,
    /** Validations brought no gain for as long as the patience lasted. */
    EARLY_STOPPED,
    /** The time limit was reached. */
    TIME_OVER,
    /** {@link Trainer#stop} was called, or a listener stopped it. */
    STOPPED
  }
}
