package org.fjordflow.core.train;

import org.jspecify.annotations.Nullable;

/**
 * Everything that training goes on from. Together with the configuration it fixes what follows.
 *
 * @param step steps made, rolled back ones included
 * @param parameters in float64, also for a float32 model: small updates add up before they are
 *     rounded. Not modified.
 * @param optimizer the optimiser's memory. Not modified.
 * @param learningRateFactor product of the factors of all rollbacks
 * @param rollbacks how many there were
 * @param validations what validations have shown
 * @param best parameters at the smallest validation loss, or null before the first. Not modified.
 */
@SuppressWarnings("ArrayRecordComponent") // handed over, not compared
public record TrainingState(
    long step,
    double[] parameters,
    OptimizerState optimizer,
    double learningRateFactor,
    int rollbacks,
    EarlyStopping validations,
    double @Nullable [] best) {

  /** The state before the first step. */
  public static TrainingState start(double[] parameters) {
    return new TrainingState(
        0,
        parameters.clone(),
        OptimizerState.start(parameters.length),
        1,
        0,
        EarlyStopping.start(),
        null);
  }
}
