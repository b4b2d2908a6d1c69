package org.fjordflow.model;

import java.util.LinkedHashMap;
import java.util.Map;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.train.Trainer;
import org.fjordflow.core.train.TrainingResult;
import org.fjordflow.core.train.internal.TrainingState;

/**
 * A training of a {@link FlowModel}. While it runs, what other threads want of the model waits; its
 * listeners may score and sample on the thread that trains, and must not wait for another thread
 * that does. One that was stopped stays so.
 */
public final class FlowTraining {

  private final Weights weights;
  private final Trainer trainer;

  FlowTraining(Weights weights, Trainer trainer) {
    this.weights = weights;
    this.trainer = trainer;
  }

  /**
   * Trains from the model's present parameters.
   *
   * @return what it came to; the parameters are the best ones
   * @throws FjordException as {@link Trainer#train}; CLOSED
   */
  public TrainingResult run() {
    return weights.writing(trainer::train);
  }

  /**
   * Goes on from a state, such as a checkpoint's, until the configured number of steps is reached
   * in all.
   *
   * @param state where to begin. Not modified.
   * @return as {@link #run}, for the steps made by this call
   * @throws FjordException as {@link Trainer#resume}; CLOSED
   */
  public TrainingResult resume(TrainingState state) {
    return weights.writing(() -> trainer.resume(state));
  }

  /**
   * Asks training to end after the step it is in. May be called from any thread, and before
   * training begins.
   */
  public void stop() {
    trainer.stop();
  }

  /**
   * Returns what is saved of a training, of all of its steps, before a resumption too: text and
   * numbers by key. The time alone is that of this call.
   *
   * @param result of {@link #run} or {@link #resume}
   */
  public static Map<String, Object> summary(TrainingResult result) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("reason", result.reason());
    summary.put("steps", result.steps());
    summary.put("bestStep", result.bestStep());
    summary.put("rollbacks", result.state().rollbacks());
    summary.put("finalLoss", finite(result.finalLoss()));
    summary.put("bestValidationLoss", finite(result.bestValidationLoss()));
    summary.put("seconds", result.seconds());
    summary.put("forwardEvaluations", result.state().totals().forwardEvaluations());
    summary.put("backwardEvaluations", result.state().totals().backwardEvaluations());
    return summary;
  }

  /** JSON has no NaN. */
  static Object finite(double value) {
    return Double.isFinite(value) ? value : "none";
  }
}
