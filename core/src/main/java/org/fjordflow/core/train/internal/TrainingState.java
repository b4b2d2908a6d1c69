package org.fjordflow.core.train.internal;

import java.util.List;
import org.fjordflow.base.ErrorKey;
import org.fjordflow.base.FjordException;
import org.fjordflow.core.nn.Parameters;
import org.jspecify.annotations.Nullable;

/**
 * Everything that training goes on from. Together with the configuration it fixes what follows.
 *
 * @param step steps made, rolled back ones included
 * @param values parameters in float64, also for a float32 model: small updates add up before they
 *     are rounded. Buffers as the model has them
 * @param optimizer the optimiser's memory. Not modified.
 * @param learningRateFactor product of the factors of all rollbacks
 * @param rollbacks how many there were
 * @param validations what the validations that patience and plateaus count have shown
 * @param best values at the smallest loss of all validations, or null before the first
 * @param average moving average of the parameters, or null where there is none. Not modified.
 * @param good what the next failure would go back to, or null for this state itself
 * @param totals of all steps so far
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record TrainingState(
    long step,
    ModelValues values,
    OptimizerState optimizer,
    double learningRateFactor,
    int rollbacks,
    EarlyStopping validations,
    @Nullable BestValues best,
    double @Nullable [] average,
    @Nullable Good good,
    Totals totals) {

  /**
   * A snapshot of the last values that were known to be good.
   *
   * @param step after which they had been reached
   * @param values parameters and buffers
   * @param optimizer the optimiser's memory. Not modified.
   * @param average moving average, or null where there is none. Not modified.
   * @param rollbacks to it, one after the other
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, not compared
  public record Good(
      long step,
      ModelValues values,
      OptimizerState optimizer,
      double @Nullable [] average,
      int rollbacks) {}

  /**
   * What steps came to.
   *
   * @param lastLoss of the last step that was not undone; NaN before the first
   * @param forwardEvaluations of the field, from data to base
   * @param backwardEvaluations of the field, for gradients
   */
  public record Totals(double lastLoss, long forwardEvaluations, long backwardEvaluations) {

    /** Before the first step. */
    public static final Totals NONE = new Totals(Double.NaN, 0, 0);

    /** With one more step. */
    public Totals plus(double loss, long forward, long backward) {
      return new Totals(loss, forwardEvaluations + forward, backwardEvaluations + backward);
    }
  }

  /** A state that has its own values to go back to, and of whose steps nothing else is known. */
  public TrainingState(
      long step,
      ModelValues values,
      OptimizerState optimizer,
      double learningRateFactor,
      int rollbacks,
      EarlyStopping validations,
      @Nullable BestValues best,
      double @Nullable [] average) {
    this(
        step,
        values,
        optimizer,
        learningRateFactor,
        rollbacks,
        validations,
        best,
        average,
        null,
        Totals.NONE);
  }

  /**
   * The state before the first step.
   *
   * @param parameters of the model. Not modified.
   * @throws FjordException INVALID_CONFIGURATION if there are parameters whose initial values data
   *     have yet to choose ({@link Parameters#awaitingData}): training would begin anywhere
   */
  public static TrainingState start(Parameters parameters) {
    List<String> awaiting = parameters.awaitingData();
    if (!awaiting.isEmpty()) {
      throw new FjordException(
          ErrorKey.INVALID_CONFIGURATION,
          "initial values of %s and %d more are chosen by data; the objective sends no batch through them; call Flow.initialize(rows, context, random) or Model.initialize(batch, random) before training"
              .formatted(awaiting.get(0), awaiting.size() - 1));
    }
    return new TrainingState(
        0,
        ModelValues.of(parameters),
        OptimizerState.start(parameters.size()),
        1,
        0,
        EarlyStopping.start(),
        null,
        null);
  }
}
