package org.fjordflow.core.train.internal;

/**
 * The values that a model keeps.
 *
 * @param step after which they were reached, 0 for the untrained ones
 * @param loss of their validation
 * @param values parameters and buffers
 */
public record BestValues(long step, double loss, ModelValues values) {}
