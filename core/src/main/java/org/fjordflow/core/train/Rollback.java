package org.fjordflow.core.train;

/**
 * A step that failed and was undone.
 *
 * @param step the step, whose batch is skipped
 * @param reason one line for people
 * @param restoredStep the number of steps after which the restored parameters had been reached
 * @param learningRateFactor factor of the learning rate from now on
 */
public record Rollback(long step, String reason, long restoredStep, double learningRateFactor) {}
