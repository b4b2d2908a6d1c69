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
    double @Nullable [] average) {

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
