package org.fjordflow.core.train;

import java.util.function.Supplier;
import org.fjordflow.core.train.internal.TrainingState;

/**
 * Follows a training. Methods are called on the thread that trains, in the order of events; what
 * they throw ends the training. Every {@link #started} is followed by {@link #finished} or {@link
 * #failed}; by both where another listener's {@link #finished} throws.
 */
public interface TrainingListener {

  /**
   * Training begins.
   *
   * @param config how
   * @param step steps made before; 0 unless resumed
   */
  default void started(TrainerConfig config, long step) {}

  /** A step was made. */
  default void step(StepMetrics metrics) {}

  /** A step failed and was undone. */
  default void rolledBack(Rollback rollback) {}

  /** A validation was made, after its step; that of the untrained model before the first one. */
  default void validated(ValidationMetrics metrics) {}

  /**
   * A step is over, with its validation if it had one, rolled back or not.
   *
   * @param step its number, from 1
   * @param state makes a copy of the state reached; only usable during this call
   */
  default void stepEnded(long step, Supplier<TrainingState> state) {}

  /**
   * Returns whether training is to end, as by {@link Trainer#stop}: asked before every step. For
   * who follows a training and does not have the trainer.
   */
  default boolean stops() {
    return false;
  }

  /** Training ended as planned; the model has its final parameters. */
  default void finished(TrainingResult result) {}

  /** Training ended with an exception, which is passed on after this call. */
  default void failed(RuntimeException exception) {}

  /**
   * What a step showed. Rolled back steps have none.
   *
   * @param step from 1
   * @param loss of the batch, before the update
   * @param gradientNorm Euclidean norm of the whole gradient, before clipping
   * @param learningRate of this step
   * @param forwardEvaluations evaluations of the field from data to base; 0 without one
   * @param backwardEvaluations evaluations of the field for the gradient; 0 without one
   * @param seconds since training or its resumption began
   */
  record StepMetrics(
      long step,
      double loss,
      double gradientNorm,
      double learningRate,
      long forwardEvaluations,
      long backwardEvaluations,
      double seconds) {}

  /**
   * What a validation showed.
   *
   * @param step after which it was made, 0 for the untrained model
   * @param loss infinite where it could not be computed
   * @param best whether no earlier one was as good
   * @param seconds since training or its resumption began
   */
  record ValidationMetrics(long step, double loss, boolean best, double seconds) {}

  /**
   * A step that failed and was undone.
   *
   * @param step the step, whose batch is skipped
   * @param reason one line for people
   * @param restoredStep the number of steps after which the restored parameters had been reached
   * @param learningRateFactor factor of the learning rate from now on
   */
  record Rollback(long step, String reason, long restoredStep, double learningRateFactor) {}
}
