package org.fjordflow.core.train;

import java.util.function.Supplier;

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

  /** A validation was made, after its step. */
  default void validated(ValidationMetrics metrics) {}

  /**
   * A step is over, with its validation if it had one, rolled back or not.
   *
   * @param step its number, from 1
   * @param state makes a copy of the state reached; only usable during this call
   */
  default void stepEnded(long step, Supplier<TrainingState> state) {}

  /** Training ended as planned; the model has its final parameters. */
  default void finished(TrainingResult result) {}

  /** Training ended with an exception, which is passed on after this call. */
  default void failed(RuntimeException exception) {}
}
